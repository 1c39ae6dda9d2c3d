// The only place that talks HTTP. Every failure becomes an ApiError that
// carries the problem document and the request id, so that a screen can always
// say what went wrong and which request to ask about.
import { signal } from '../vendor/preact.js';
import { actorName } from './prefs.js';
import { learnServerTime } from './clock.js';

/** @typedef {import('../types.js').Problem} Problem */

export class ApiError extends Error {
	/** @param {Problem} problem @param {{ network?: boolean,
	 * retryAfter?: number }} [more] */
	constructor(problem, more = {}) {
		super(problem.detail || problem.title);
		this.problem = problem;
		this.status = problem.status;
		this.requestId = problem.requestId || '';
		/** No answer came at all. */
		this.network = more.network || false;
		this.retryAfter = more.retryAfter || 0;
	}
}

/** Nothing can be sent: the browser says so, or the last request got lost. */
export const offline = signal(!navigator.onLine);
addEventListener('offline', () => { offline.value = true; });
addEventListener('online', () => { offline.value = false; });

/** The header carries bytes; a name is UTF-8. @param {string} text */
const bytes = (text) =>
	String.fromCharCode(...new TextEncoder().encode(text));

/**
 * @param {Response} response
 * @param {any} body
 * @returns {Problem}
 */
function problemOf(response, body) {
	const { status } = response;
	const plain = { title: status >= 500 ? `The server cannot answer now (${
		status})` : response.statusText || `The server answered ${status}`, status,
	requestId: response.headers.get('x-request-id') || '' };
	return body && typeof body.title === 'string' ? { ...plain, ...body } :
		plain;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{ body?: unknown, etag?: string, signal?: AbortSignal,
 *	timeout?: number }} [options]
 */
export async function request(method, path, options = {}) {
	/** @type {Record<string, string>} */
	const headers = { accept: 'application/json' };
	if (actorName.value)
		headers['x-mend-actor'] = bytes(actorName.value);
	if (options.body !== undefined)
		headers['content-type'] = 'application/json';
	if (options.etag)
		headers['if-none-match'] = options.etag;
	const limit = AbortSignal.timeout(options.timeout || 15000);
	let response;
	try {
		response = await fetch(path, {
			method,
			headers,
			body: options.body === undefined ? undefined :
				JSON.stringify(options.body),
			cache: 'no-store',
			credentials: 'same-origin',
			signal: options.signal ? AbortSignal.any([options.signal, limit]) :
				limit,
		});
	} catch (error) {
		if (options.signal?.aborted)
			throw error;
		const late = limit.aborted;
		throw new ApiError({ title: late ? 'The server did not answer in time' :
			'The server cannot be reached', status: 0, code: late ? 'timeout' :
			'network' }, { network: true });
	}
	learnServerTime(response.headers.get('date'));
	if (response.status === 304)
		return { status: 304, data: null, etag: options.etag || '' };
	const etag = (response.headers.get('etag') || '').replace(/^W\//, '');
	let data = null, readable = true;
	try {
		data = await response.json();
	} catch {
		readable = false;
	}
	// Readiness says "no" with 503 and a body that is an answer, not a problem.
	if (!response.ok && typeof data?.status !== 'string')
		throw new ApiError(problemOf(response, data), { retryAfter:
			Number(response.headers.get('retry-after')) || 0 });
	if (!readable)
		throw new ApiError({ title: 'The server sent something unreadable',
			status: response.status, code: 'unreadable',
			requestId: response.headers.get('x-request-id') || '' });
	return { status: response.status, data, etag };
}

/** @param {string} path @param {AbortSignal} [abort] @returns {Promise<any>} */
export const get = async (path, abort) =>
	(await request('GET', path, { signal: abort })).data;

/** @param {string} path @param {unknown} body @returns {Promise<any>} */
export const post = async (path, body) =>
	(await request('POST', path, { body })).data;

/** @param {unknown} error @returns {Problem} */
export function asProblem(error) {
	if (error instanceof ApiError)
		return error.problem;
	return { title: 'Something went wrong in this page', status: -1,
		detail: error instanceof Error ? error.message : String(error) };
}

/** Path with the query of all members that are set.
 * @param {string} path @param {Record<string, unknown>} query */
export function withQuery(path, query) {
	const params = new URLSearchParams();
	for (const [key, value] of Object.entries(query))
		if (value !== undefined && value !== null && value !== '')
			params.set(key, String(value));
	const text = params.toString();
	return text ? `${path}?${text}` : path;
}

/** Segments of a path; ids are others' text. @param {string} text */
export const seg = (text) => encodeURIComponent(text);
