// The decision bar. Approving and rejecting are two deliberate acts: the first
// opens a confirmation with the exact words, the second sends it, bound to the
// version and digest that were shown. A refusal keeps everything typed.
import { html, useEffect, useLayoutEffect, useRef, useState }
	from '../vendor/preact.js';
import { asProblem, offline } from '../lib/api.js';
import { refreshAll } from '../lib/poll.js';
import { now, ms } from '../lib/clock.js';
import { money } from '../lib/format.js';
import { useKeys } from '../lib/keys.js';
import { Icon } from '../lib/icons.js';
import { APPROVE_REASONS, REJECT_REASONS, TASK_STATES, actionWords, look,
	plain, reasonWord, sentence } from '../lib/words.js';
import { hasRole, isMe, me } from '../lib/session.js';
import { undo } from '../lib/notices.js';
import { forms, keepDraft, notes } from '../lib/drafts.js';
import { FormFields, fieldErrors, formValues }
	from '../ui/form.js';
import { Ago, Countdown, ErrorBar, Keys, Person, State } from '../ui/parts.js';
import { caseFocus, claim, decide, giveBack, heldByOther, isMine, isOpen, isOurs,
	snooze, tellDecided, wake } from './actions.js';
import { ChangeTable } from './evidence.js';
import { asChosen, chosenName } from './ways.js';

/** @typedef {import('../types.js').Task} Task */
/** @typedef {import('../types.js').Problem} Problem */

/** Why this person cannot decide now; empty: they can.
 * @param {Task} task @param {number} at */
function hindrance(task, at) {
	if (offline.value)
		return 'Offline: nothing can be sent';
	if (heldByOther(task, at))
		return hasRole('supervisor') ? `${task.claimedBy} holds this case; ` +
			'take it over to decide it' : `${task.claimedBy} holds this case`;
	if (!hasRole(task.role) || !hasRole('agent'))
		return `This needs the role ${task.role}`;
	return '';
}

/** Why this person may reject but not approve. @param {Task} task */
function limit(task) {
	const most = me.value?.limits?.approveMinor;
	if (task.decisions?.some((d) => !d.undoneAt && isMe(d.actor)))
		return 'You have signed; somebody else must sign too';
	if (typeof most === 'number' && most >= 0 && (task.amountMinor ?? 0) > most)
		return `Above your limit of ${money(most, task.currency)}: somebody ` +
			'with a higher one must approve it';
	return '';
}

/** @param {{ task: Task, finish: (id: string, open: boolean) => void }}
 * props */
export function DecisionBar({ task, finish }) {
	/** What is being confirmed, frozen as it was shown. */
	const [asked, setAsked] = useState(
		/** @type {{ approved: boolean, task: Task } | null} */ (null));
	const open = isOpen(task);
	const why = hindrance(task, now.value - (now.value % 5000));
	const blocked = open ? why : 'It is decided already';
	const way = asChosen(task);
	const barred = blocked || limit(way);
	const taken = heldByOther(task, now.value) && !hasRole('supervisor');
	const words = actionWords(way);
	/** @param {boolean} approved */
	const ask = (approved) => setAsked({ approved, task });
	const claimOrReturn = () => isMine(task) ? giveBack(task) :
		void claim(task);
	const asleep = task.snoozedUntil !== null &&
		ms(task.snoozedUntil) > now.value;
	const sleep = () => asleep ? void wake(task) :
		snooze([task], () => finish(task.taskId, false));
	const claimWord = isMine(task) ? 'Return' : taken || heldByOther(task,
		now.value) ? 'Take over' : 'Claim';
	const busy = !open ? 'It is decided already' : offline.value ? 'Offline' :
		!hasRole('agent') ? 'This needs the role agent' : taken && why;
	useKeys([
		{ key: 'a', label: words, group: 'Case', icon: 'check',
			disabled: barred, run: () => ask(true) },
		{ key: 'r', label: `Reject ${task.orderId}`, group: 'Case',
			icon: 'close', disabled: blocked, run: () => ask(false) },
		{ key: 'c', label: `${claimWord} ${task.orderId}`, group: 'Case',
			icon: 'person', disabled: busy, run: claimOrReturn },
		{ key: 's', label: asleep ? `Wake ${task.orderId}` :
			`Snooze ${task.orderId}`, group: 'Case', icon: 'snooze',
		disabled: busy, run: sleep },
	]);
	if (asked)
		return html`<${Confirm} key=${String(asked.approved)} asked=${asked}
			task=${task} finish=${finish} close=${() => setAsked(null)} />`;
	if (!open)
		return html`<${Decided} task=${task} />`;
	return html`<footer class="decision" aria-label="Decide">
		${barred && html`<p class="hindrance"><${Icon}
			name="lock" />${barred}</p>`}
		${way.approvalsNeeded > 1 && html`<p class="muted">${task
			.approvalCount} of ${way.approvalsNeeded} signatures; two people must
			agree.</p>`}
		<${Escalation} task=${task} />
		<div class="decision-buttons">
			<button class="button primary accent" disabled=${barred !== ''}
				onClick=${() => ask(true)}>${words}<${Keys} keys="a" /></button>
			<button class="button" disabled=${why !== ''}
				onClick=${() => ask(false)}>Reject<${Keys} keys="r" /></button>
			<span class="decision-side">
			<button class="button quiet" disabled=${Boolean(busy)}
				onClick=${claimOrReturn}>${claimWord}<${Keys} keys="c" /></button>
			<button class="button quiet" disabled=${Boolean(busy)}
				onClick=${sleep}>${asleep ? 'Wake' : 'Snooze'}<${Keys} keys="s" />
			</button></span>
		</div></footer>`;
}

/** @param {{ asked: { approved: boolean, task: Task }, task: Task,
 *	finish: (id: string, open: boolean) => void, close: () => void }} props */
function Confirm({ asked, task, finish, close }) {
	const [shown, setShown] = useState(asked.task);
	const [busy, setBusy] = useState(false);
	const [problem, setProblem] = useState(/** @type {Problem | null} */ (null));
	const [rival, setRival] = useState(/** @type {Task | null} */ (null));
	const form = useRef(/** @type {HTMLFormElement | null} */ (null));
	const { approved } = asked;
	const way = asChosen(shown);
	const reasons = reasonsOf(shown, approved);
	const words = approved ? actionWords(way) : `Reject ${shown.orderId}`;
	const fields = approved && shown.approvalCount === 0 &&
		way.proposal.form || [];
	const undoMs = me.value?.undoMs ?? 10000;
	const note = notes.value[shown.taskId] || '';
	/** The note it was sent with, and no answer came. */
	const lost = useRef(/** @type {string | null} */ (null));
	const ours = lost.current !== null && isOurs(task, shown, { approved,
		notes: lost.current });
	useEffect(() => {
		if (!ours)
			return;
		tellDecided(task, shown, approved);
		close();
		finish(shown.taskId, false);
	}, [ours]);
	// Moved while the question stood here: never confirm what is no longer so.
	const moved = ours ? null : rival || (task.version !== shown.version &&
		(task.digest !== shown.digest || !isOpen(task) ||
		heldByOther(task, now.value)) ? task : null);
	// Before the next key can come.
	useLayoutEffect(() => {
		/** @type {HTMLElement | null | undefined} */
		(form.current?.querySelector(fields.length ? '.form-field :is(input, ' +
			'select)' : approved ? '[type=submit]' : '[name=reason]'))?.focus();
	}, [moved === null]);
	const back = () => {
		close();
		document.getElementById('case-title')?.focus({ preventScroll: true });
	};
	/** @param {SubmitEvent} event */
	const send = async (event) => {
		event.preventDefault();
		if (busy || offline.value || moved)
			return;
		const data = new FormData(/** @type {HTMLFormElement} */
			(event.currentTarget));
		setBusy(true);
		setProblem(null);
		try {
			// Bound by its digest to what is shown; the version may have moved
			// by something that did not matter, as renewing one's claim.
			const decided = await decide({ ...shown, version: task.version },
				{ approved, notes: note.trim(), undoMs,
					reasonCode: String(data.get('reason') || ''),
					alternative: way.proposal.alternatives?.length ?
						chosenName(shown) : undefined,
					form: fields.length ? formValues(fields, forms.value[shown
						.taskId] || {}, way.currency) : undefined });
			// The note stays as a draft: an undo brings the question back.
			close();
			finish(shown.taskId, isOpen(decided));
		} catch (error) {
			const refusal = asProblem(error);
			setBusy(false);
			lost.current = refusal.status === 0 ? note.trim() : null;
			if (refusal.status === 409 && refusal.current?.taskId)
				setRival(refusal.current);
			setProblem(refusal);
		}
		refreshAll();
	};
	/** @param {KeyboardEvent} event */
	const keys = (event) => {
		if (event.key === 'Escape') {
			event.preventDefault();
			event.stopPropagation();
			back();
		} else if (event.key === 'Enter' && event.repeat) {
			event.preventDefault();	// a held key confirms nothing
		} else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
			event.preventDefault();
			form.current?.requestSubmit();
		}
	};
	const review = () => {
		setRival(null);
		setProblem(null);
		setShown(moved || task);
	};
	const errors = fieldErrors(problem);
	return html`<footer class="decision confirming"><form ref=${form} noValidate
		onSubmit=${send} onKeyDown=${keys} aria-labelledby="confirm-title">
		${moved ? html`<${Rival} before=${shown} current=${moved}
			problem=${problem} />` : html`
		<h3 id="confirm-title" class="confirm-title">${approved ? words :
			`Reject: ${plain(shown.title)}`}</h3>
		<p class="muted">${approved ? consequence(way, undoMs) : shown.proposal
			?.rejectText || 'Nothing is sent; the workflow goes on without it.'}
		</p><${ErrorBar} problem=${problem} />${problem?.status === 0 && html`<p>
		It may have arrived all the same. Sending it again cannot do it twice.
		</p>`}`}
		${!moved && fields.length > 0 && html`<${FormFields} taskId=${shown.taskId}
			fields=${fields} errors=${errors} currency=${way.currency} />`}
		${!moved && html`<${Reasons} reasons=${reasons} />`}
		<label class="field"><span class=${moved ? 'field-label' : 'sr'}>${moved ?
			'Your note (kept, not sent)' : 'Note'}</span><textarea class="input"
			rows="2" name="note" maxlength="4000" value=${note}
			placeholder="Note (optional)" onInput=${(/** @type {any} */ e) => {
				keepDraft(notes, shown.taskId, e.target.value);
			}} /></label>
		<div class="decision-buttons">${moved ? html`<button type="button"
			class="button primary accent" onClick=${isOpen(moved) ? review : back}
			>${isOpen(moved) ? 'Review it as it is now' : 'Close'}</button>` :
		html`<button type="submit" disabled=${offline.value} aria-busy=${busy}
			class=${`button primary ${approved ? 'accent' : 'danger'}`}>${busy ?
			'Sending…' : words}<kbd aria-hidden="true">Enter</kbd></button>
			<button type="button" class="button" onClick=${back}>Back
			<kbd aria-hidden="true">Esc</kbd></button>`}
			${offline.value && html`<span class="muted">Offline: nothing can be
			sent.</span>`}</div>
	</form></footer>`;
}

/** The codes of the question itself, or those that any has.
 * @param {Task} task @param {boolean} approved
 * @returns {readonly (readonly [string, string])[]} */
const reasonsOf = (task, approved) => task.proposal?.reasonCodes?.[approved ?
	'approve' : 'reject']?.map(({ code, label }) =>
	/** @type {const} */ ([code, label])) || (approved ? APPROVE_REASONS :
	REJECT_REASONS);

/** @param {{ reasons: readonly (readonly [string, string])[] }} props */
const Reasons = ({ reasons }) => reasons.length > 6 ? html`<label class="field">
	<span class="field-label">Reason</span><select class="select" name="reason">
	${reasons.map(([code, word]) => html`<option key=${code} value=${code}>${word}
	</option>`)}</select></label>` : html`<fieldset class="chips"><legend
	class="sr">Reason</legend>${reasons.map(([code, word], i) => html`<label
	key=${code} class="chip"><input type="radio" name="reason" value=${code}
	defaultChecked=${i === 0} />${word}</label>`)}</fieldset>`;

/** Who is asked next when nobody decides. @param {{ task: Task }} props */
const Escalation = ({ task }) => task.escalatedAt ? html`<p class="hindrance">
	<${Icon} name="warning" /><span>Escalated <${Ago} at=${task.escalatedAt} />: now
	for the role ${task.role}.</span></p>` : task.escalatesAt ? html`<p class="muted">
	Goes to a higher role in <${Countdown} at=${task.escalatesAt}
	late="due since" />.</p>` : null;

/** @param {Task} task @param {number} undoMs */
const consequence = (task, undoMs) =>
	task.approvalsNeeded - task.approvalCount > 1 ?
		'You sign first; a second person must sign before anything moves.' :
		`Executes ${undoMs / 1000} s after you confirm. Until then it can be ` +
		`undone${task.proposal?.reversible === false ? '; afterwards not' : ''}.`;

/** Who was faster, and what changed.
 * @param {{ before: Task, current: Task, problem: Problem | null }} props */
function Rival({ before, current, problem }) {
	const open = isOpen(current);
	const who = current.decider || current.claimedBy;
	/** @type {import('../types.js').Change[]} */
	const changes = [];
	/** @param {string} field @param {any} b @param {any} a */
	const compare = (field, b, a) => {
		if (JSON.stringify(b ?? null) !== JSON.stringify(a ?? null))
			changes.push({ field, before: b ?? null, after: a ?? null });
	};
	compare('State', look(TASK_STATES, before.state).word,
		look(TASK_STATES, current.state).word);
	compare('Held by', before.claimedBy, current.claimedBy);
	compare('What will happen', before.proposal?.text, current.proposal?.text);
	compare('amountMinor', before.amountMinor, current.amountMinor);
	for (const fact of current.proposal?.evidence || [])
		compare(fact.field, before.proposal?.evidence?.find((f) =>
			f.field === fact.field)?.value, fact.value);
	return html`<div class="rival" role="alert"><h3 class="confirm-title"
		id="confirm-title"><${Icon} name="warning" />${current.decidedAt && who ?
		isMe(who) ? 'You have decided this already' : `${who} was faster` :
		open && who && who !== before.claimedBy ? `${who} has taken this case` :
			'The case has changed'}</h3>
		<p>${current.decidedAt ? html`${current.approved ? 'Approved' :
			'Rejected'} <${Ago} at=${current.decidedAt} />${current.notes ? html`,
			with the note <q>${current.notes}</q>` : null}. ${isMe(who) ?
			'This second answer' : 'Yours'} was not sent.` :
			problem?.detail || 'Nothing was sent.'}</p>
		<${ChangeTable} changes=${changes} currency=${current.currency} /></div>`;
}

/** @param {{ task: Task }} props */
function Decided({ task }) {
	const left = ms(task.executeAt) - now.value;
	const undoable = task.undoable && left > 0;
	return html`<footer class="decision decided" aria-label="Decision">
		<div class="decision-buttons">
		<${State} looks=${TASK_STATES} state=${task.state} />
		${task.decider && html`<span class="decided-by">${task.approved ?
			`Approved${task.alternative ? ` “${sentence(task.alternative)}”` : ''}` :
			'Rejected'} by <${Person} name=${isMe(task
			.decider) ? 'You' : task.decider} /> <${Ago} at=${task.decidedAt} />
			${task.reasonCode && html`<span class="muted"> · ${reasonWord(task
			.reasonCode)}</span>`}</span>`}
		${task.voidReason && html`<span class="muted">${task.voidReason}</span>`}
		<span class="grow" />
		${undoable ? html`<span class="muted">Executes in <${Countdown}
			at=${task.executeAt} /></span><button class="button"
			disabled=${offline.value} onClick=${async () => {
				if (await undo(task.taskId))
					caseFocus.value = task.taskId;
				refreshAll();
			}}><${Icon} name="undo" />Undo</button>` : null}
		</div></footer>`;
}
