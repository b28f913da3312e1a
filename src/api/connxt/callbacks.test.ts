import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  type Desk,
  openDesk,
  SIGNING_KEY,
  STICPAY,
  transaction,
} from '../../../test/connxt-desk.ts';
import { connxtEnvironmentOf, inboxOf, storeUnread } from '../../../test/connxt-rows.ts';

let desk: Desk;
let client: Client;
let psp: string;

beforeAll(async () => {
  // Nothing is delivered by itself: these tests are the post.
  desk = await openDesk({ deliver: async () => ({ status: 200 }) as never });
  client = await desk.client();
  psp = await client.psp();
}, 60_000);
afterAll(() => desk?.close());

const read = async (txnId: string) =>
  (await client.send('GET', `/transactions/${txnId}`)).body.data;

interface Open {
  readonly txnId: string;
  readonly page: string;
  readonly redirect: string;
  readonly webhook: string;
  readonly pspTxnId: string;
}

async function open(amount = 12): Promise<Open> {
  const { body } = await client.send('POST', '/transactions', transaction(psp, { amount }));
  const { txnId } = body.data;
  const { pspTxnId } = await read(txnId);
  const { context } = desk.stage;
  const { callbackUrl, callbackKeyOf } = await import('../../flows/transaction/callback-urls.ts');
  const key = await callbackKeyOf(context, client.environmentId);
  return {
    txnId,
    pspTxnId,
    page: body.data.data.data.navigation.value,
    redirect: callbackUrl(context.publicUrl, key, 'redirect', txnId),
    webhook: callbackUrl(context.publicUrl, key, 'webhook', txnId),
  };
}

function notice({ txnId, pspTxnId }: Open, more: object = {}): string {
  return JSON.stringify({
    id: pspTxnId,
    referenceId: txnId,
    paymentType: 'DEPOSIT',
    state: 'COMPLETED',
    amount: 12,
    currency: 'USD',
    ...more,
  });
}

const sign = (body: string) => createHmac('sha256', SIGNING_KEY).update(body).digest('hex');

const tell = (url: string, body: string, headers: Record<string, string> = {}) =>
  desk.visit(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });

describe('a notification', () => {
  it('that is signed is believed, and answered as its connector says', async () => {
    const one = await open();
    const body = notice(one);
    const { status, text } = await tell(one.webhook, body, { signature: sign(body) });
    expect([status, text]).toEqual([200, 'OK']);
    const { statusHistory } = await read(one.txnId);
    expect(statusHistory.map(({ to }: { to: string }) => to)).toEqual([
      'NEW',
      'CREATED',
      'INITIATED',
      'PG_SUCCESS',
      'SUCCESS',
    ]);
  });

  it.each([
    ['wrongly signed', (body: string) => ({ signature: sign(`${body} `) })],
    ['not signed', () => ({})],
    ['signed twice over', (body: string) => ({ signature: `${sign(body)},${sign(body)}` })],
  ])('that is %s is a 401 without a body, stored, and changes nothing', async (_what, headers) => {
    const one = await open();
    const body = notice(one);
    const { status, text } = await tell(one.webhook, body, headers(body));
    expect([status, text]).toEqual([401, '']);
    await desk.stage.work();
    expect((await read(one.txnId)).status).toBe('INITIATED');
    const rows = await inboxOf(desk.stage.context.db, one.txnId);
    expect(rows.map(({ status: kept }) => kept)).toEqual(['forged']);
  });

  it('is believed after a forgery of the same bytes, which is refused as often as it comes', async () => {
    const one = await open();
    const body = notice(one);
    for (let time = 0; time < 2; time += 1)
      expect((await tell(one.webhook, body, { signature: sign('other') })).status).toBe(401);
    expect((await tell(one.webhook, body, { signature: sign(body) })).status).toBe(200);
    expect((await read(one.txnId)).status).toBe('SUCCESS');
  });

  it('that is nested beyond all reason is read without a body, and then done with', async () => {
    const one = await open();
    const deep = `{"id":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect((await tell(one.webhook, deep, { signature: sign(deep) })).status).toBeLessThan(500);
    const [row] = await inboxOf(desk.stage.context.db, one.txnId);
    expect(row?.status).not.toBe('received');
  });

  it('is one of a few that are read in turn, however many come at once', async () => {
    const one = await open();
    const bodies = Array.from({ length: 12 }, (_, at) => notice(one, { at, state: 'PENDING' }));
    const answers = await Promise.all(
      bodies.map((body) => tell(one.webhook, body, { signature: sign(body) })),
    );
    const counted = (status: number) => answers.filter((one) => one.status === status).length;
    expect([counted(200) > 0, counted(200) + counted(500)]).toEqual([true, 12]);
    expect(await inboxOf(desk.stage.context.db, one.txnId)).toHaveLength(counted(200));
  });

  it('that comes twice is acknowledged twice and read once', async () => {
    const one = await open();
    const body = notice(one);
    const headers = { signature: sign(body) };
    for (let time = 0; time < 3; time += 1)
      expect((await tell(one.webhook, body, headers)).status).toBe(200);
    const rows = await inboxOf(desk.stage.context.db, one.txnId);
    expect(rows.map(({ deliveries }) => deliveries)).toEqual([3]);
    const events = (await client.send('GET', `/transactions/${one.txnId}/events`)).body.data.events;
    expect(events.filter(({ to }: { to: string }) => to === 'SUCCESS')).toHaveLength(1);
  });

  it('that a process stored and did not read before it died is read by the worker', async () => {
    const one = await open();
    const body = notice(one);
    await storeUnread(desk.stage.context.db, client.environmentId, one.txnId, {
      rawBody: Buffer.from(body),
      headers: { 'content-type': 'application/json', signature: sign(body) },
      nowMs: desk.stage.clock.nowMs(),
    });
    await desk.stage.work();
    expect((await read(one.txnId)).status).toBe('SUCCESS');
    const rows = await inboxOf(desk.stage.context.db, one.txnId);
    expect(rows.map(({ status }) => status)).toEqual(['applied']);
  });

  it('that denies a terminal state is kept and raises a conflict, and the state stays', async () => {
    const one = await open();
    const refused = notice(one, { state: 'DECLINED', errorCode: '1.01' });
    await tell(one.webhook, refused, { signature: sign(refused) });
    expect((await read(one.txnId)).status).toBe('FAILED');
    const paid = notice(one);
    await tell(one.webhook, paid, { signature: sign(paid) });
    const data = await read(one.txnId);
    expect(data).toMatchObject({ status: 'FAILED', conflict: 'late_success' });
    const events = (await client.send('GET', `/transactions/${one.txnId}/events`)).body.data.events;
    expect(events.at(-1)).toMatchObject({ kind: 'conflict', to: null });
  });

  it('of another amount waits for a person', async () => {
    const one = await open();
    const body = notice(one, { amount: 11 });
    await tell(one.webhook, body, { signature: sign(body) });
    expect(await read(one.txnId)).toMatchObject({
      status: 'PENDING_FOR_APPROVAL',
      conflict: 'amount_mismatch',
    });
  });

  it('may come as a form, and then makes us ask where its connector wants that', async () => {
    const sticpay = await client.psp(STICPAY);
    const asked = transaction(sticpay, { target: STICPAY });
    const { body } = await client.send('POST', '/transactions', asked);
    const { txnId } = body.data;
    const { callbackUrl, callbackKeyOf } = await import('../../flows/transaction/callback-urls.ts');
    const key = await callbackKeyOf(desk.stage.context, client.environmentId);
    const url = callbackUrl(desk.stage.context.publicUrl, key, 'webhook', txnId);
    const { status } = await desk.visit(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ callback: JSON.stringify({ code: -1 }) }).toString(),
    });
    expect(status).toBeLessThan(500);
    expect((await read(txnId)).status).toBe('INITIATED');
  });
});

describe('an address', () => {
  it('with another mac, another token or another step is nobody’s', async () => {
    const [one, other] = [await open(), await open()];
    const body = notice(one);
    const headers = { signature: sign(body) };
    const foreign = one.webhook.replace(one.txnId, other.txnId);
    const wrong = [
      foreign,
      one.webhook.replace(/~.{22}\//, `~${'A'.repeat(22)}/`),
      one.webhook.replace(/webhook\/.{26}~/, `webhook/${'0'.repeat(26)}~`),
      one.redirect.replace('/r/redirect/', '/w/webhook/'),
      one.webhook.replace(`/${one.txnId}`, ''),
      one.webhook.replace('/w/webhook/', '/w/initiate/'),
      one.webhook.replace('/w/webhook/', '/w/redirect/'),
    ];
    const elsewhere = await desk.client('Elsewhere');
    const foreignPsp = await elsewhere.psp();
    const made = await elsewhere.send('POST', '/transactions', transaction(foreignPsp));
    const { callbackToken } = await connxtEnvironmentOf(
      desk.stage.context.db,
      client.environmentId,
    );
    const plain = one.webhook.replace(/webhook\/.*$/, `webhook/${callbackToken}`);
    wrong.push(`${plain}/${made.body.data.txnId}`, `${plain}/ortx${'0'.repeat(22)}`);
    for (const url of wrong) {
      const answer = await tell(url, body, headers);
      expect(answer.status, url).toBe(404);
      expect(JSON.parse(answer.text).code).toBe('4004');
    }
    expect((await read(one.txnId)).status).toBe('INITIATED');
  });

  it('may have junk behind its transaction', async () => {
    const one = await open();
    const body = notice(one);
    const url = `${one.webhook}&x=1`;
    expect((await tell(url, body, { signature: sign(body) })).status).toBe(200);
    expect((await read(one.txnId)).status).toBe('SUCCESS');
  });

  it('of the environment alone finds the transaction in the message', async () => {
    const one = await open();
    const { callbackToken } = await connxtEnvironmentOf(
      desk.stage.context.db,
      client.environmentId,
    );
    const url = `${desk.stage.context.publicUrl}/connxt/v2/external/inbound/w/webhook/${callbackToken}`;
    const body = notice(one);
    expect((await tell(url, body, { signature: sign(body) })).status).toBe(200);
    expect((await read(one.txnId)).status).toBe('SUCCESS');
    const nobody = await tell(url, '{"referenceId":"ortx000000000000"}');
    expect([nobody.status, JSON.parse(nobody.text).data]).toEqual([200, { received: true }]);
  });
});

describe('a returning browser', () => {
  it('proves nothing, whatever it brings', async () => {
    const one = await open();
    const url = `${one.redirect}?orderId=${one.txnId}&state=COMPLETED&status=success`;
    const { status, location } = await desk.visit(url);
    expect(status).toBe(302);
    expect(location).toContain('/return/pay_');
    expect(['INITIATED', 'PG_ACCEPTED']).toContain((await read(one.txnId)).status);
    expect((await desk.visit(location ?? '')).status).toBe(200);
  });

  it('makes us ask, so that a lost notification costs nothing', async () => {
    const one = await open();
    const back = await desk.pay(one.page);
    expect((await desk.visit(back)).status).toBe(302);
    expect((await read(one.txnId)).status).toBe('SUCCESS');
  });

  it('goes to the page of the merchant that fits', async () => {
    const settings = `/environments/${client.environmentId}/connxt`;
    const saved = await client.admin('PUT', settings, {
      origin: 'https://shop.example',
      successRedirectUrl: 'https://shop.example/paid',
      failureRedirectUrl: 'https://shop.example/failed?reason=psp',
    });
    expect(saved.status).toBe(200);
    const [good, bad] = [await open(), await open()];
    const paid = await desk.visit(await desk.pay(good.page));
    expect(paid.location).toMatch(/^https:\/\/shop\.example\/paid/);
    const failed = await desk.visit(await desk.pay(bad.page, 'failure'));
    expect(failed.location).toMatch(/^https:\/\/shop\.example\/failed\?reason=psp/);
    await client.admin('PUT', settings, {
      origin: null,
      successRedirectUrl: null,
      failureRedirectUrl: null,
    });
  });

  it('is never told of a script that fails', async () => {
    const one = await open();
    const answer = await desk.visit(one.redirect, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"broken',
    });
    expect(answer.status).toBe(302);
  });
});
