// Every icon, drawn on a 16 px grid with a 1.5 px line. Decoration beside a
// word, hence hidden from assistive technology; a lone icon names its button.
import { html } from '../vendor/preact.js';

/** @type {Record<string, string>} */
const PATHS = {
	inbox: 'M2.5 9.5 4.3 3.3h7.4l1.8 6.2v3.2h-11zM2.5 9.5h3.2l.8 1.5h3l.8-1.5h3.2',
	flow: 'M3 3.5h3.5v3H3zM9.5 9.5H13v3H9.5zM4.75 6.5v2.5a2 2 0 0 0 2 2h2.75',
	search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3 13.5 13.5',
	sun: 'M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.85.85M11.75 11.75l.85.85M3.4 12.6l.85-.85M11.75 4.25l.85-.85',
	moon: 'M13.3 9.7A5.8 5.8 0 0 1 6.3 2.7a5.6 5.6 0 1 0 7 7z',
	system: 'M2 3.5h12v7.5H2zM5.5 13.5h5M8 11v2.5',
	ready: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11z',
	running: 'M8 2.5a5.5 5.5 0 1 1-5.5 5.5M6.7 5.8 10.3 8l-3.6 2.2z',
	backoff: 'M3.5 2.5h9M3.5 13.5h9M4.5 2.5v2L8 8l-3.5 3.5v2M11.5 2.5v2L8 8l3.5 3.5v2',
	blocked: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM5 8h6',
	person: 'M8 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3 13.5c.4-2.5 2.3-3.8 5-3.8s4.6 1.3 5 3.8',
	signal: 'M8 9a1 1 0 1 0 0-2 1 1 0 0 0 0 2zM5.2 10.8a4 4 0 0 1 0-5.6M10.8 10.8a4 4 0 0 0 0-5.6M3.2 12.8a6.8 6.8 0 0 1 0-9.6M12.8 12.8a6.8 6.8 0 0 0 0-9.6',
	paused: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM6.5 6v4M9.5 6v4',
	held: 'M5.5 2.5h5l3 3v5l-3 3h-5l-3-3v-5zM8 5.3v3.2M8 10.7v.1',
	canceling: 'M8 13.5a5.5 5.5 0 1 1 5.5-5.5M6.2 6.2l3.6 3.6M9.8 6.2 6.2 9.8',
	done: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM5.5 8.2l1.8 1.8 3.3-3.6',
	failed: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM6.2 6.2l3.6 3.6M9.8 6.2 6.2 9.8',
	canceled: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM4.2 11.8l7.6-7.6',
	timeout: 'M8 13.5a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM8 6v2.5l1.7 1M6.3 1.7h3.4',
	clock: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM8 5v3.2l2 1.3',
	unknown: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM6.4 6.5A1.6 1.6 0 1 1 8 8.3v.6M8 10.9v.1',
	ticket: 'M2 5.5a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v1a1.5 1.5 0 0 0 0 3v1a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1v-1a1.5 1.5 0 0 0 0-3zM9.5 4.5v7',
	eyes: 'M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z',
	money: 'M2 4h12v8H2zM8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6zM4.3 8h.1M11.6 8h.1',
	snooze: 'M8 13.5a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM6.4 6.8h3.2L6.4 10.2h3.2M3.8 2.5 1.8 4.2M12.2 2.5l2 1.7',
	check: 'M3 8.5l3.2 3.2L13 5',
	close: 'M4 4l8 8M12 4l-8 8',
	back: 'M9.5 3.5 5 8l4.5 4.5',
	next: 'M6.5 3.5 11 8l-4.5 4.5',
	down: 'M4 6l4 4 4-4',
	undo: 'M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M3 6.5 6 3.5M3 6.5l3 3',
	comment: 'M2.5 3.5h11v7.5H8l-3 2.5V11H2.5z',
	warning: 'M8 2.5 14 13H2zM8 6.5v3M8 11.3v.1',
	info: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM8 7.3v3.4M8 5.3v.1',
	lock: 'M4 7.5h8v6H4zM5.7 7.5V5.3a2.3 2.3 0 0 1 4.6 0v2.2',
	retry: 'M13 8a5 5 0 1 1-1.5-3.6M13 2.5v2.8h-2.8',
	play: 'M5 3.5v9l7.5-4.5z',
	stop: 'M4.5 4.5h7v7h-7z',
	download: 'M8 2.5v7.5M5 7.2l3 3 3-3M3 13.5h10',
	keyboard: 'M1.5 4.5h13v7.5h-13zM4 7h.1M6.6 7h.1M9.3 7h.1M11.9 7h.1M5 9.7h6',
	user: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM8 8.3a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4zM4.7 12.2c.6-1.4 1.7-2.1 3.3-2.1s2.7.7 3.3 2.1',
	star: 'M8 2.5l1.6 3.5 3.9.4-2.9 2.6.8 3.8L8 10.9l-3.4 1.9.8-3.8L2.5 6.4 6.4 6z',
	link: 'M6.5 9.5l3-3M7 4.7l1.2-1.2a3 3 0 0 1 4.3 4.3L11.3 9M9 11.3l-1.2 1.2a3 3 0 0 1-4.3-4.3L4.7 7',
	command: 'M5.5 5.5h5v5h-5zM5.5 5.5H4.2a1.7 1.7 0 1 1 1.7-1.7zM10.5 5.5V3.8a1.7 1.7 0 1 1 1.7 1.7zM10.5 10.5h1.7a1.7 1.7 0 1 1-1.7 1.7zM5.5 10.5v1.7a1.7 1.7 0 1 1-1.7-1.7z',
	shield: 'M8 2.5l5 1.8v3.5c0 3-2 5-5 6-3-1-5-3-5-6V4.3z',
	sort: 'M5 3.5v9M2.8 10.3 5 12.5l2.2-2.2M11 12.5v-9M8.8 5.7 11 3.5l2.2 2.2',
	copy: 'M5.5 5.5h7.5v8H5.5zM3 10.5v-8h7.5',
};

/** @param {{ name: string, class?: string }} props */
export function Icon({ name, class: extra = '' }) {
	return html`<svg class=${`icon ${extra}`} viewBox="0 0 16 16"
		aria-hidden="true" focusable="false"><path
		d=${PATHS[name] || PATHS.unknown} /></svg>`;
}

export function Mark() {
	return html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"
		focusable="false"><rect width="32" height="32" rx="8" /><path
		class="ticket" d="M7 11.5A1.5 1.5 0 0 1 8.5 10H14v12H8.5A1.5 1.5 0 0 1 7 20.5v-1.6a3 3 0 0 0 0-5.8zM18 10h5.5a1.5 1.5 0 0 1 1.5 1.5v1.6a3 3 0 0 0 0 5.8v1.6a1.5 1.5 0 0 1-1.5 1.5H18z"
		/><path class="stitch" d="M14 13.5h4M14 18.5h4" /></svg>`;
}
