// Everything that the sandbox can be asked, asked: for one order after another,
// each read, effect and look-up, with bodies that are as a system would send
// them. Yields what was asked by its template, and what came back.

/** @typedef {{ method: string, template: string, status: number, type: string,
 *	body: any }} Answer */

export async function* walk(url, orderIds) {
	let made = 0;
	async function ask(method, template, holes = {}, body = undefined,
		query = '') {
		const path = template.replace(/\{(\w+)\}/g, (_, name) =>
			encodeURIComponent(holes[name]));
		const key = `walk-${process.pid}-${++made}`;
		const answer = await fetch(url + path + query, { method, body: body &&
			JSON.stringify(body), headers: { 'Content-Type':
			'application/json', 'Idempotency-Key': key } });
		return { method, template, status: answer.status, key,
			type: (answer.headers.get('content-type') ?? '').split(';')[0],
			body: await answer.json() };
	}
	const index = (await ask('GET', '/sandbox/index')).body.data;
	const first = (path, name) => index.find((r) => r.path === path &&
		r.method === 'POST').body.find((f) => f.name === name).values[0];

	for (const orderId of orderIds) {
		const of = { orderId };
		const get = (template, more) => ask('GET', template,
			{ ...of, ...more });
		const reads = index.filter((r) => ['read', 'show'].includes(r.kind))
			.map((r) => r.path);
		for (const path of reads) yield await get(path);
		const payment = await get('/sandbox/payments/{orderId}');
		const money = { amountMinor: 100, currency: payment.body.currency };
		const search = await ask('POST', '/sandbox/inventory/{orderId}/search',
			of, { quantity: 2 });
		yield search;
		const offerId = search.body.offers?.[0]?.offerId ?? 'none';
		const effects = [
			['orders/{orderId}/freeze', { reason: 'to see' }],
			['orders/{orderId}/unfreeze', { reason: 'to see' }],
			['orders/{orderId}/delivery-method', { method: first(
				'/sandbox/orders/{orderId}/delivery-method', 'method') }],
			['orders/{orderId}/accept', { consent: 'by telephone' }],
			['transfers/{orderId}/retry', {}, 'transfers/{orderId}/retries'],
			['transfers/{orderId}/send', {}, null],
			['transfers/{orderId}/revoke', {}, null],
			['suppliers/{orderId}/ping', { channel: first(
				'/sandbox/suppliers/{orderId}/ping', 'channel') },
			'suppliers/{orderId}/pings'],
			['suppliers/{orderId}/charge', money, null],
			// Declined softly at first, where the story is of that.
			['payments/{orderId}/authorize', money,
				'payments/{orderId}/authorizations'],
			['payments/{orderId}/authorize', money,
				'payments/{orderId}/authorizations'],
			['payments/{orderId}/void', {}, null],
			['payments/{orderId}/refund', money, 'payments/{orderId}/refunds'],
			['messages/{orderId}', { to: first('/sandbox/messages/{orderId}',
				'to'), text: 'hello' }, 'messages/{orderId}/sent'],
			['inventory/{orderId}/holds', { offerId }, null],
			['disputes/{orderId}/evidence', { evidence: { seen: true } }],
			['payouts/{orderId}/freeze', { reason: 'to see' }, null],
			['payouts/{orderId}/release', { reason: 'to see' }, null],
		];
		for (const [path, body, known = path] of effects) {
			const answer = await ask('POST', `/sandbox/${path}`, of, body);
			yield answer;
			if (known)
				yield await get(`/sandbox/${known}/{key}`, { key: answer.key });
			const { holdId } = answer.body;
			if (!path.endsWith('/holds') || !holdId) continue;
			const price = search.body.offers[0];
			const bought = await ask('POST',
				'/sandbox/inventory/{orderId}/holds/{holdId}/buy',
				{ ...of, holdId }, { amountMinor: price.amountMinor ??
					price.priceMinor, currency: price.currency });
			yield bought;
			yield await get('/sandbox/inventory/{orderId}/purchases/{key}',
				{ key: bought.key });
			const again = await ask('POST', '/sandbox/inventory/{orderId}/holds',
				of, { offerId: search.body.offers.at(-1).offerId });
			yield await ask('POST',
				'/sandbox/inventory/{orderId}/holds/{holdId}/release',
				{ ...of, holdId: again.body.holdId ?? 'none' }, {});
		}
		yield await ask('POST', '/sandbox/world/{orderId}', of, { delayMs: 0 });
		for (const path of reads) yield await get(path);
		const [cancel, lookup] = ['cancel', 'cancel/{key}'].map((p) =>
			`/sandbox/orders/{orderId}/${p}`);
		const cancelled = await ask('POST', cancel, of, { reason: 'the end' });
		yield cancelled;
		yield await get(lookup, { key: cancelled.key });
		yield await ask('GET', '/sandbox/ledger', {}, undefined,
			`?orderId=${orderId}&limit=5`);
	}
	const eventId = 'EVT-WALK';
	yield await ask('POST', '/sandbox/events/{eventId}', { eventId },
		{ status: first('/sandbox/events/{eventId}', 'status') });
	yield await ask('GET', '/sandbox/events/{eventId}', { eventId });
	yield await ask('POST', '/sandbox/storm', {}, { delayMs: 0 });
	yield await ask('POST', '/sandbox/load', {}, {});
	yield await ask('GET', '/sandbox/load');
	yield await ask('GET', '/sandbox/index');
}
