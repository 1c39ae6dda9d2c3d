// Polling with ETags: 3 s while visible, 30 s hidden, exponential on failure.
// A failure keeps the last good data; `connection` tells the shell how fresh
// the page is. One Poller belongs to one component.
import { signal, computed, useEffect, useMemo } from '../vendor/preact.js';
import { request, ApiError, asProblem, offline } from './api.js';
import { now, serverNow } from './clock.js';

const VISIBLE_MS = 3000;
const HIDDEN_MS = 30000;
const LONGEST_MS = 60000;
/** Asked this long ago and not answered: what is shown is no longer fresh. */
const LATE_MS = 5000;
const CACHE_MAX = 60;

/** @type {Map<string, { etag: string, data: any, at: number }>} */
const cache = new Map();

/** Pollers whose last attempt failed, and when each tries again.
 * @type {import('../vendor/preact.js').Signal<Map<Poller, number>>} */
const failing = signal(new Map());
const lastOk = signal(0);
/** @type {Set<Poller>} */
const pollers = new Set();

/** live: all is well; stale: answers are missing; offline: no way out. */
export const connection = computed(() => {
	const at = now.value;
	const late = [...pollers].some((p) => p.asked && at - p.asked > LATE_MS);
	const state = offline.value ? 'offline' :
		failing.value.size || late ? 'stale' : 'live';
	return { state, lastOk: lastOk.value,
		retryAt: Math.min(...failing.value.values()) };
});

/**
 * @typedef {{ url: string | null, data: any, error: import('../types.js')
 *	.Problem | null, at: number, loading: boolean, slow: boolean }} Polled
 */

export class Poller {
	constructor() {
		/** @type {Polled} */
		const empty = { url: null, data: null, error: null, at: 0,
			loading: false, slow: false };
		this.state = signal(empty);
		this.every = VISIBLE_MS;
		this.failures = 0;
		/** When it asked for what it waits for; 0: it waits for nothing. */
		this.asked = 0;
		/** @type {ReturnType<typeof setTimeout> | undefined} */
		this.timer = undefined;
		/** @type {AbortController | null} */
		this.abort = null;
	}

	/** @param {string | null} url @param {number} every */
	start(url, every) {
		this.stop();
		this.every = every;
		this.failures = 0;
		if (!url) {
			this.state.value = { url, data: null, error: null, at: 0,
				loading: false, slow: false };
			return;
		}
		const kept = cache.get(url);
		this.state.value = { url, data: kept?.data ?? null, error: null,
			at: kept?.at ?? 0, loading: true, slow: false };
		pollers.add(this);
		void this.load();
	}

	stop() {
		clearTimeout(this.timer);
		this.abort?.abort();
		this.abort = null;
		this.asked = 0;
		pollers.delete(this);
		this.#failed(null);
	}

	/** Asks at once; what is under way is dropped. */
	async load() {
		const url = this.state.value.url;
		if (!url)
			return;
		clearTimeout(this.timer);
		this.abort?.abort();
		const abort = new AbortController();
		this.abort = abort;
		this.asked ||= serverNow();
		const slow = setTimeout(() => {
			if (this.abort === abort)
				this.state.value = { ...this.state.value, slow: true };
		}, 300);
		try {
			const kept = cache.get(url);
			const answer = await request('GET', url, { etag: kept?.etag,
				signal: abort.signal });
			if (this.abort !== abort)
				return;
			this.asked = 0;
			const at = serverNow();
			const data = answer.status === 304 && kept ? kept.data : answer.data;
			keep(url, { etag: answer.etag, data, at });
			this.failures = 0;
			this.state.value = { url, data, error: null, at, loading: false,
				slow: false };
			lastOk.value = at;
			this.#failed(null);
			if (navigator.onLine)
				offline.value = false;
			this.#plan(this.every);
		} catch (error) {
			if (this.abort !== abort)
				return;
			this.asked = 0;
			const retry = this.#backOff(error);
			this.state.value = { ...this.state.value, error: asProblem(error),
				loading: false, slow: false };
			this.#plan(retry);
		} finally {
			clearTimeout(slow);
		}
	}

	/** @param {unknown} error @returns {number} ms to the next attempt */
	#backOff(error) {
		const known = error instanceof ApiError;
		if (known && !error.network && error.status < 500 &&
			error.status !== 429) {
			this.#failed(null);	// an answer, only not the one hoped for
			return Math.max(this.every, 10000);
		}
		this.failures++;
		const wait = Math.min(LONGEST_MS, this.every * 2 ** this.failures);
		const retry = Math.max(known ? error.retryAfter * 1000 : 0,
			wait * (0.85 + Math.random() * 0.3));
		this.#failed(serverNow() + retry);
		return retry;
	}

	/** @param {number | null} retryAt */
	#failed(retryAt) {
		if (retryAt === null && !failing.value.has(this))
			return;
		const next = new Map(failing.value);
		if (retryAt === null)
			next.delete(this);
		else
			next.set(this, retryAt);
		failing.value = next;
	}

	/** @param {number} wait */
	#plan(wait) {
		const hidden = document.visibilityState === 'hidden';
		clearTimeout(this.timer);
		this.timer = setTimeout(() => void this.load(),
			hidden ? Math.max(wait, HIDDEN_MS) : wait);
	}
}

/** @param {string} url @param {{ etag: string, data: any, at: number }} entry */
function keep(url, entry) {
	cache.delete(url);
	cache.set(url, entry);
	if (cache.size > CACHE_MAX)
		cache.delete(/** @type {string} */ (cache.keys().next().value));
}

/** Asks everything on the page again, now. */
export function refreshAll() {
	for (const poller of pollers)
		void poller.load();
}

document.addEventListener('visibilitychange', () => {
	if (document.visibilityState === 'visible')
		refreshAll();
});
addEventListener('online', refreshAll);

/**
 * The answer of a URL, kept fresh while the component is mounted; null: none.
 * @param {string | null} url
 * @param {number} [every] ms
 */
export function usePoll(url, every = VISIBLE_MS) {
	const poller = useMemo(() => new Poller(), []);
	useEffect(() => {
		poller.start(url, every);
		return () => poller.stop();
	}, [url, every]);
	const state = poller.state.value;
	// Between a change of URL and the effect, the old answer is not ours.
	const mine = state.url === url;
	const kept = !mine && url ? cache.get(url) : undefined;
	return {
		data: mine ? state.data : kept?.data ?? null,
		error: mine ? state.error : null,
		at: mine ? state.at : kept?.at ?? 0,
		slow: mine && state.slow,
		loading: !mine || state.loading,
		reload: () => void poller.load(),
	};
}

/** Puts what a write answered with into every view of that URL.
 * @param {string} url @param {any} data */
export function remember(url, data) {
	keep(url, { etag: '', data, at: serverNow() });
	for (const poller of pollers)
		if (poller.state.value.url === url)
			poller.state.value = { ...poller.state.value, data };
}
