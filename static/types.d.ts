// The shapes of the API as the dashboard reads them. engine/flow/view.h is the
// contract; absent values are null.

export type Json = null | boolean | number | string | Json[]
	| { [key: string]: Json };

export interface Run {
	runId: string;
	workflowId: string;
	orderId: string;
	state: RunState;
	outcome: string | null;
	result: string | null;
	issueType: string | null;
	tier: number | null;
	playbook: string | null;
	playbookVersion: number | null;
	step: string | null;
	attempt: number;
	maximumAttempts: number;
	dueAt: string | null;
	reason: string | null;
	lastError: string | null;
	priority: number;
	createdAt: string;
	updatedAt: string;
	closedAt: string | null;
	amountMinor: number | null;
	currency: string | null;
	eventAt: string | null;
	urgentAt: string | null;
	/** The last feasible moment, else the start of the event. */
	deadlineAt: string | null;
	waitingFor: { kind: string, taskId?: string | null, title?: string | null,
		adapter?: string, name?: string, dueAt: string | null } | null;
	next: string | null;
	eventRef: string | null;
	sellerRef: string | null;
	venueRef: string | null;
	platformRef: string | null;
	why: WhyRun;
}

/** Why a run does not move; engine/flow/view_why.h. */
export interface WhyRun {
	state: RunState;
	sentence: string;
	since: string | null;
	nextAt: string | null;
	nextWhat: string;
	blocker: { kind: string, adapter?: string | null, taskId?: string | null,
		callId?: string | null, operation?: string | null,
		[more: string]: any };
	whatYouCanDo: { do: string, words: string }[];
}

export type RunState = 'READY' | 'RUNNING' | 'BACKING_OFF' | 'BLOCKED'
	| 'WAITING_TASK' | 'WAITING_SIGNAL' | 'PAUSED' | 'HELD' | 'CANCELING'
	| 'COMPLETED' | 'FAILED' | 'CANCELED' | 'TIMED_OUT';

export type TaskState = 'OPEN' | 'CLAIMED' | 'DECIDED' | 'DONE' | 'VOID'
	| 'EXPIRED' | 'CANCELED';

export interface Evidence {
	field: string;
	value: Json;
	source: string | null;
	fetchedAt: string | null;
}

export interface Why {
	field: string;
	operator: string;
	expected: Json;
	seen: Json;
	/** where the expected value comes from: "policy refund.autoLimitMinor" */
	from?: string;
}

export interface Tried { at: string; what: string; result: string }
export interface Change { field: string; before: Json; after: Json }

export interface Proposal {
	text?: string | null;
	rejectText?: string | null;
	action?: { operation: string; params?: Record<string, Json> } | null;
	amountMinor?: number | null;
	currency?: string | null;
	payee?: string | null;
	reversible?: boolean | null;
	evidence?: Evidence[] | null;
	why?: Why[] | null;
	tried?: Tried[] | null;
	changes?: Change[] | null;
	cost?: Cost | null;
	form?: FormField[] | null;
	reasonCodes?: { approve?: ReasonCode[], reject?: ReasonCode[] } | null;
	/** the first one is the proposal itself */
	alternatives?: Alternative[] | null;
	notOffered?: { name: string, text: string, why: Why[] }[] | null;
}

export interface Cost { amountMinor: number | null, currency: string | null,
	bearer: string | null }
export interface ReasonCode { code: string, label: string }

export interface FormField {
	name: string;
	label: string;
	type: 'text' | 'number' | 'money' | 'boolean' | 'choice' | 'date' | 'email';
	required?: boolean;
	options?: { value: string, label: string }[];
	min?: number;
	max?: number;
	help?: string;
}

export interface Alternative {
	name: string;
	text: string;
	recommended: boolean;
	cost: Cost | null;
	action: { operation: string; params?: Record<string, Json> } | null;
	amountMinor: number | null;
	currency: string | null;
	payee: string | null;
	reversible: boolean | null;
	approvalsNeeded: number | null;
	form?: FormField[] | null;
	why?: Why[] | null;
}

export interface Signature {
	approved: boolean;
	actor: string;
	role: string;
	notes: string | null;
	alternative: string | null;
	reasonCode: string | null;
	form: Record<string, Json> | null;
	decidedAt: string;
	undoneAt: string | null;
}

export interface Task {
	taskId: string;
	runId: string;
	workflowId: string;
	orderId: string;
	step: string;
	state: TaskState;
	version: number;
	title: string;
	reason: string;
	role: string;
	issueType: string | null;
	tier: number | null;
	proposal: Proposal;
	digest: string;
	amountMinor: number | null;
	currency: string | null;
	eventAt: string | null;
	approvalsNeeded: number;
	approvalCount: number;
	dueAt: string | null;
	claimedBy: string | null;
	claimUntil: string | null;
	approved: boolean | null;
	reasonCode: string | null;
	notes: string | null;
	decider: string | null;
	deciderRole: string | null;
	selfAsserted: boolean | null;
	decidedAt: string | null;
	executeAt: string | null;
	undoable: boolean;
	supersedes: string | null;
	voidReason: string | null;
	snoozedUntil: string | null;
	alternative: string | null;
	form: Record<string, Json> | null;
	escalatesAt: string | null;
	escalatedAt: string | null;
	createdAt: string;
	updatedAt: string;
	closedAt: string | null;
	decisions: Signature[];
	run?: Run;
}

export interface AuditEntry {
	at: string;
	kind: string;
	message: string;
	data: Json;
	actor: string;
	seq: number;
}

export interface Call {
	callId: string;
	step: string;
	visit: number;
	name: string | null;
	adapter: string;
	operation: string;
	purpose: 'read' | 'effect' | 'lookup';
	idempotencyKey: string;
	state: 'INTENT' | 'SENT' | 'OK' | 'FAILED' | 'UNKNOWN';
	attempt: number;
	class: string | null;
	status: number | null;
	params: Json;
	answer: Json;
	error: string | null;
	intentAt: string;
	sentAt: string | null;
	answeredAt: string | null;
	durationMs: number | null;
}

export interface List<T> {
	data: T[];
	nextCursor: string | null;
	hasMore: boolean;
}

export interface TaskList extends List<Task> { counts: Record<string, number> }

export interface Me {
	actor: string;
	role: string;
	selfAsserted: boolean;
	undoMs: number;
	environment: string;
	/** of money, in minor units; -1: none; null: not known */
	limits: { approveMinor?: number | null, [name: string]: number | null
		| undefined };
}

export interface Source {
	operation: string;
	status: 'ok' | 'missing' | string;
	fetchedAt: string | null;
	error: string | null;
}

export interface Contradiction {
	field: string;
	value: Json;
	otherField: string;
	otherValue: Json;
}

/** Sections are objects of the adapters' own making: read with care. */
export interface CaseFile {
	orderId?: string;
	classification?: { issueType?: string; tier?: number;
		confidence?: number; rule?: string; why?: Json } | null;
	contradictions?: Contradiction[] | null;
	tried?: (Tried & { step?: string })[] | null;
	sources?: Record<string, Source> | null;
	[section: string]: any;
}

export type RunWithCase = Run & { caseFile: CaseFile | null };

export interface Problem {
	type?: string;
	title: string;
	status: number;
	detail?: string;
	code?: string;
	requestId?: string;
	errors?: { pointer: string; detail: string }[];
	current?: any;
}

/** A playbook's steps and where each may go; of a run, its way is marked. */
export interface Graph {
	playbook: string;
	version: number;
	title: string;
	runId: string | null;
	nodes: { step: string, kind: string, title: string, taken: boolean,
		visits: number, here: boolean }[];
	edges: { from: string, to: string, label: string, taken: boolean }[];
}

/** A version of a playbook. */
export interface Version {
	name: string;
	version: number;
	digest: string;
	active: boolean;
	createdAt: string;
	actor: string;
	openRuns: number;
	activatedBy: string | null;
	activatedAt: string | null;
}

export interface AdapterOperation {
	name: string;
	kind: string;
	inFlight: number | null;
	concurrency: number | null;
	queue: number;
	pausedBy: string | null;
	reason: string | null;
	expiresAt: string | null;
}

export interface Adapter {
	name: string;
	title: string;
	kind: 'http' | 'local';
	state: 'HEALTHY' | 'DEGRADED' | 'OPEN' | 'PAUSED';
	/** a share, 0 to 1 */
	success: number | null;
	p50Ms: number | null;
	p95Ms: number | null;
	inFlight: number | null;
	limit: number;
	queue: number;
	lastError: string | null;
	lastErrorAt: string | null;
	openUntil: string | null;
	pausedBy: string | null;
	reason: string | null;
	expiresAt: string | null;
	seenAt: string | null;
	operations: AdapterOperation[];
}

export interface Switch {
	switchId: string;
	kind: string;
	name: string;
	reason: string;
	actor: string;
	createdAt: string;
	expiresAt: string;
}

/** What a bulk takes to mean runs; the names of GET /v1/runs. */
export type Filter = Record<string, string | number | boolean | string[]>;

export interface StuckGroup {
	group: string;
	kind: 'HELD' | 'PAUSED' | 'BLOCKED' | 'BACKING_OFF' | 'UNKNOWN' | 'OVERDUE';
	count: number;
	state: RunState | null;
	adapter: string | null;
	step: string | null;
	operation: string | null;
	error: string | null;
	issueType: string | null;
	firstSeen: string | null;
	lastSeen: string | null;
	nextAt: string | null;
	filter: Filter;
	orderIds: string[];
}

export interface BulkRun {
	bulkId: string;
	operation: string;
	state: 'PREVIEW' | 'RUNNING' | 'STOPPED' | 'DONE';
	filter: Filter;
	params: Record<string, Json>;
	reason: string;
	actor: string;
	ratePerSecond: number;
	total: number;
	waiting: number;
	done: number;
	skipped: number;
	failed: number;
	reasons: { state: string, code: string, count: number }[];
	createdAt: string;
	startedAt: string | null;
	endedAt: string | null;
}

export interface BulkItem {
	runId: string;
	orderId: string;
	state: 'WAITING' | 'DONE' | 'SKIPPED' | 'FAILED';
	code: string | null;
	detail: string | null;
	at: string | null;
	run: { state: RunState, issueType: string | null,
		amountMinor: number | null, currency: string | null };
}

export interface Group {
	ref: string;
	runs: number;
	amounts: { currency: string, amountMinor: number }[];
	issueTypes: { issueType: string | null, count: number }[];
	waitingTask: number;
	held: number;
	nextDeadlineAt: string | null;
	limited: boolean;
	filter: Filter;
}
