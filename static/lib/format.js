// How values read: money, moments, ids. Always exact; never a bare number
// where a unit belongs.

/** @type {Map<string, number>} */
const digitsOf = new Map();

/** How many minor digits a currency has: 2 for USD, 0 for JPY, 3 for KWD.
 * @param {string} currency */
export function minorDigits(currency) {
	let digits = digitsOf.get(currency);
	if (digits === undefined) {
		try {
			digits = new Intl.NumberFormat('en', { style: 'currency',
				currency }).resolvedOptions().maximumFractionDigits ?? 2;
		} catch {
			digits = 2;	// not a code that Intl knows
		}
		digitsOf.set(currency, digits);
	}
	return digits;
}

/** 24000, "USD" -> "240.00 USD". The decimal is built as text, so that no
 * amount is ever rounded.
 * @param {number | null | undefined} minor
 * @param {string | null | undefined} currency */
export function money(minor, currency) {
	if (minor === null || minor === undefined || !Number.isFinite(minor))
		return '–';
	const digits = minorDigits(currency || 'USD');
	const text = String(Math.abs(Math.trunc(minor))).padStart(digits + 1, '0');
	const whole = text.slice(0, text.length - digits)
		.replace(/\B(?=(\d{3})+$)/g, ',');
	const rest = digits ? `.${text.slice(-digits)}` : '';
	return `${minor < 0 ? '−' : ''}${whole}${rest}${currency ?
		` ${currency}` : ''}`;
}

const UNITS = /** @type {const} */ ([
	['d', 86400000], ['h', 3600000], ['min', 60000], ['s', 1000],
]);

/** A length of time: "95 min", "36 h", "3 d"; a larger unit only from two of
 * it on. Fine: in two units, "2 h 5 min".
 * @param {number} span ms @param {boolean} [fine] */
export function duration(span, fine = false) {
	const left = Math.abs(span);
	const at = UNITS.findIndex(([, size]) => left >= size * (fine ? 1 : 2));
	const [unit, size] = UNITS[at < 0 ? UNITS.length - 1 : at];
	const whole = Math.floor(left / size);
	const next = UNITS[at + 1];
	if (!fine || at < 0 || !next || whole >= 10 && unit !== 'h')
		return `${whole} ${unit}`;
	const part = Math.floor((left - whole * size) / next[1]);
	return part ? `${whole} ${unit} ${part} ${next[0]}` : `${whole} ${unit}`;
}

/** @param {number} at @param {number} now */
export function relative(at, now) {
	if (Number.isNaN(at))
		return '–';
	const span = at - now;
	if (Math.abs(span) < 1000)
		return 'now';
	return span > 0 ? `in ${duration(span)}` : `${duration(span)} ago`;
}

const EXACT = new Intl.DateTimeFormat('en-GB', { weekday: 'short',
	day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit',
	minute: '2-digit', second: '2-digit', timeZoneName: 'short' });
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit',
	minute: '2-digit', second: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { weekday: 'short',
	day: 'numeric', month: 'short' });

/** @param {number} at */
export const exact = (at) => Number.isNaN(at) ? '' : EXACT.format(at);
/** @param {number} at */
export const clock = (at) => Number.isNaN(at) ? '' : CLOCK.format(at);
/** @param {number} at */
export const day = (at) => Number.isNaN(at) ? '' : DAY.format(at);

const HOUR = new Intl.DateTimeFormat('en-GB', { hour: '2-digit',
	minute: '2-digit' });

/** The clock today, the day and the clock otherwise.
 * @param {number} at @param {number} now */
export const shortMoment = (at, now) => DAY.format(at) === DAY.format(now) ?
	HOUR.format(at) : `${DAY.format(at)}, ${HOUR.format(at)}`;

/** The start of an event as people at the venue say it.
 * @param {string | null | undefined} at @param {string} [timeZone] */
export function venueTime(at, timeZone) {
	const time = at ? Date.parse(at) : NaN;
	if (Number.isNaN(time))
		return '';
	const options = /** @type {const} */ ({ weekday: 'short', day: 'numeric',
		month: 'short', hour: '2-digit', minute: '2-digit' });
	try {
		return new Intl.DateTimeFormat('en-GB', { ...options, timeZone,
			timeZoneName: 'short' }).format(time);
	} catch {
		return new Intl.DateTimeFormat('en-GB', { ...options,
			timeZoneName: 'short' }).format(time);
	}
}

/** Splits an id into what many share and what tells it apart.
 * @param {string} id @returns {[string, string]} */
export function idParts(id) {
	const typed = /^([a-z]+_)([0-9a-z]+)$/.exec(id);
	if (typed)
		return [`${typed[1]}${typed[2].length > 8 ? '…' : ''}`,
			typed[2].slice(-6)];
	const cut = id.search(/\d/);
	return cut > 0 ? [id.slice(0, cut), id.slice(cut)] : ['', id];
}

/** @param {string} name @returns {string} at most two letters */
export function initials(name) {
	const parts = name.trim().split(/[\s._@-]+/).filter(Boolean);
	const letters = parts.length > 1 ?
		[...parts[0]][0] + [...parts[1]][0] : [...(parts[0] || '?')][0];
	return letters.toUpperCase();
}

/** @param {number} n @param {string} one @param {string} [many] */
export const plural = (n, one, many = `${one}s`) =>
	`${n.toLocaleString('en')} ${n === 1 ? one : many}`;
