import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { booksOf, type Json, payOf as pay, stripeCharge } from '../../../test/history-shop.ts';
import { openStage, type Stage } from '../../../test/stage.ts';
import { claimPolls } from '../../store/ingestions.ts';
import { LEASE_MS, queues } from '../sync/work-due.ts';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

let stage: Stage;
/** Set by the test that wants the history to be refused. */
let refuse = false;

beforeAll(async () => {
  // Webhooks are lost: what is known here was read.
  stage = await openStage({ deliver: async () => 200 });
});
afterAll(() => stage?.close());

const { admin, open, off, ago, read, rows, mismatches } = booksOf(() => stage);
afterEach(() => off());

describe('what a PSP knows and we did not', () => {
  it('is not read unless the connection asks for it', async () => {
    const shop = await open('stripe');
    await stripeCharge(shop);
    await stage.later(DAY);
    expect(await rows(shop)).toEqual([]);
    expect((await admin('GET', shop.path)).body.ingestion).toEqual([]);
  });

  it('is recorded once, however often it is polled, and its refund is an adjustment', async () => {
    const shop = await open('stripe');
    const made = await stripeCharge(shop);
    await read(shop);
    const paid = {
      reference: made.id,
      type: 'pay_in',
      status: 'SUCCEEDED',
      initial: 5000n,
      left: 5000n,
    };
    expect(await rows(shop)).toEqual([{ ...paid, operation: 'record' }]);
    await stage.later(HOUR);
    await stage.later(HOUR);
    await shop.psp('POST', '/v1/refunds', { payment_intent: made.id, amount: '2000' });
    await stage.later(HOUR);
    await stage.later(HOUR);
    const refunded = { ...paid, status: 'REFUNDED', left: 3000n, operation: 'record' };
    expect(await rows(shop)).toEqual([refunded]);
    expect(await mismatches(shop)).toEqual([]);
    const listed = await shop.merchant.send('GET', '/payments');
    expect(listed.text).toContain(made.id);
  });

  it('becomes what it becomes at the PSP', async () => {
    const shop = await open('stripe');
    const reserved = await stripeCharge(shop, { capture_method: 'manual' });
    await stripeCharge(shop, { confirm: 'false' });
    await read(shop);
    expect((await rows(shop)).map(({ status }) => status).sort()).toEqual([
      'AUTHORISATION',
      'PENDING',
    ]);
    await shop.psp('POST', `/v1/payment_intents/${reserved.id}/capture`, {});
    await stage.later(HOUR);
    await stage.later(HOUR);
    const row = (await rows(shop)).find(({ reference }) => reference === reserved.id);
    expect(row).toMatchObject({ status: 'CAPTURE', initial: 5000n, left: 5000n });
  });

  it('is read at Paystack too', async () => {
    const shop = await open('paystack');
    const charge = await shop.psp('POST', '/transaction/charge_authorization', {
      email: 'ama@example.com',
      amount: '20000',
      currency: 'NGN',
      reference: 'of-the-shop-itself',
      authorization_code: 'AUTH_success',
    });
    await read(shop);
    const id = String(charge.data.id);
    const paid = {
      reference: id,
      type: 'pay_in',
      status: 'SUCCEEDED',
      initial: 20000n,
      left: 20000n,
    };
    expect(await rows(shop)).toEqual([{ ...paid, operation: 'record' }]);
    await shop.psp('POST', '/refund', { transaction: 'of-the-shop-itself', amount: '5000' });
    const rowLater = async () => {
      await stage.later(HOUR);
      return (await rows(shop))[0];
    };
    await expect
      .poll(rowLater, { timeout: 20_000 })
      .toMatchObject({ status: 'REFUNDED', left: 15000n });
    expect(await mismatches(shop)).toEqual([]);
  });
});

describe('a history of many pages', () => {
  it('loses nobody who shares a second with the end of a page or of a sweep', async () => {
    const shop = await open('stripe');
    const make = (count: number) =>
      Promise.all(Array.from({ length: count }, () => stripeCharge(shop)));
    await make(120);
    await read(shop);
    expect(await rows(shop)).toHaveLength(120);
    await make(15);
    await stage.later(HOUR);
    expect(new Set((await rows(shop)).map(({ reference }) => reference)).size).toBe(135);
  });

  it('is read on from its page when the poll that read it died', async () => {
    const shop = await open('stripe');
    await Promise.all(Array.from({ length: 130 }, () => stripeCharge(shop)));
    await admin('PUT', shop.path, { period_s: 600, since: ago(60_000) });
    const queue = queues.find(({ name }) => name === 'ingestion')!;
    await Promise.all(await queue.begin(stage.context, 100));
    expect(await rows(shop)).toHaveLength(100);
    const nowMs = stage.clock.nowMs();
    const dead = await claimPolls(stage.context.db, { nowMs, leaseMs: LEASE_MS, limit: 100 });
    const { connection: connectionId } = shop;
    const half = { connectionId, kind: 'payments', cursor: expect.any(String) };
    expect(dead).toContainEqual(expect.objectContaining(half));
    await stage.work();
    expect(await rows(shop)).toHaveLength(100);
    await stage.later(LEASE_MS);
    expect(await rows(shop)).toHaveLength(130);
  });
});

describe('what differs from an attempt of ours', () => {
  it('is not raised when both sides agree', async () => {
    const shop = await open('stripe');
    const { body } = await pay(shop);
    expect(body.status).toBe('succeeded');
    await shop.merchant.send('POST', `/payments/${body.id}/refund`, { amount: 1_000 });
    await read(shop);
    expect(await rows(shop)).toMatchObject([{ operation: 'charge', status: 'REFUNDED' }]);
    expect(await mismatches(shop)).toEqual([]);
  });

  it('is asked about at once, and is no mismatch when the answer settles it', async () => {
    const shop = await open('stripe');
    const { body } = await pay(shop, {
      payment_method: { token: 'pm_card_visa' },
      capture_method: 'manual',
    });
    const intent = (await shop.psp('GET', '/v1/payment_intents')).data[0];
    await shop.psp('POST', `/v1/payment_intents/${intent.id}/capture`, {});
    await read(shop);
    expect((await shop.merchant.send('GET', `/payments/${body.id}`)).body.status).toBe('succeeded');
    expect(await mismatches(shop)).toEqual([]);
  });

  it('is a mismatch that is listed, resolved with a note, and not raised again', async () => {
    const shop = await open('stripe');
    const { body } = await pay(shop);
    const intent = (await shop.psp('GET', '/v1/payment_intents')).data[0];
    const refund = await shop.psp('POST', '/v1/refunds', {
      payment_intent: intent.id,
      amount: '700',
    });
    await read(shop);
    const [found, ...others] = await mismatches(shop);
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      kind: 'refunds',
      what: 'status',
      psp_reference: refund.id,
      payment_id: body.id,
      ours: { state: 'nothing' },
      theirs: { state: 'refunded', amount: '700', currency: 'ZAR' },
    });
    const path = `/reconciliation/${found.id}/resolve`;
    expect((await admin('POST', path, {})).status).toBe(400);
    const note = 'given back in the dashboard';
    const resolved = await admin('POST', path, { note });
    expect(resolved.body).toMatchObject({ status: 'resolved', note, resolved_by: 'ama' });
    expect((await admin('POST', path, { note })).status).toBe(409);
    await stage.later(HOUR);
    expect(await mismatches(shop)).toEqual([]);
    expect(await mismatches(shop, 'resolved')).toHaveLength(1);
    const audit = await admin('GET', `/audit?environment_id=${shop.environmentId}`);
    expect(audit.body.entries[0]).toMatchObject({ action: 'mismatch resolved', actor_id: 'ama' });
    expect((await admin('POST', '/reconciliation/mis_none/resolve', { note })).status).toBe(404);
  });

  it('is a second charge under our reference', async () => {
    const shop = await open('stripe');
    await pay(shop);
    const intent = (await shop.psp('GET', '/v1/payment_intents')).data[0];
    const { reference } = intent.metadata;
    const second = await stripeCharge(shop, { 'metadata[reference]': reference });
    await read(shop);
    expect(await mismatches(shop)).toMatchObject([
      { what: 'second_charge', psp_reference: second.id, ours: { reference: intent.id } },
    ]);
    expect(await rows(shop)).toHaveLength(1);
  });

  it('names the amounts of both sides, and goes when they agree', async () => {
    const shop = await open('stripe');
    await pay(shop);
    const change = (minor: number) =>
      stage.context.db.run(
        { name: '', text: 'UPDATE attempts SET captured_minor = $2 WHERE environment_id = $1' },
        [shop.environmentId, minor],
      );
    await change(6_000);
    await read(shop);
    expect(await mismatches(shop)).toMatchObject([
      { what: 'amount', ours: { amount: '6000' }, theirs: { amount: '5000' } },
    ]);
    await change(5_000);
    await stage.later(HOUR);
    expect(await mismatches(shop)).toEqual([]);
    const [gone] = await mismatches(shop, 'resolved');
    expect(gone.resolved_by).toBe('switchyard');
    await change(6_000);
    await stage.later(HOUR);
    expect(await mismatches(shop)).toMatchObject([{ id: gone.id, what: 'amount' }]);
  });
});

describe('a history that cannot be read', () => {
  it('is tried again ever later, pauses after ten failures, and goes on when it is set again', async () => {
    const shop = await open('stripe');
    await stripeCharge(shop);
    const { sendTo } = stage.context;
    refuse = true;
    Object.assign(stage.context, {
      sendTo: (...to: Parameters<typeof sendTo>) => {
        const send = sendTo(...to);
        return async (request: Parameters<typeof send>[0]) =>
          refuse && request.path.includes('created')
            ? { sent: 'not_sent' as const, reason: 'no way' }
            : send(request);
      },
    });
    await read(shop);
    const ofPayments = async () =>
      (await admin('GET', shop.path)).body.ingestion.find((one: Json) => one.kind === 'payments');
    expect(await ofPayments()).toMatchObject({ failures: 1, paused_at: null });
    for (let tries = 2; tries <= 10; tries += 1) await stage.later(HOUR);
    const paused = await ofPayments();
    expect(paused).toMatchObject({ failures: 10, next_poll_at: null });
    expect(paused.paused_at).not.toBe(null);
    refuse = false;
    await stage.later(HOUR);
    expect(await rows(shop)).toEqual([]);
    await admin('PUT', shop.path, { period_s: 600 });
    await stage.work();
    expect(await rows(shop)).toHaveLength(1);
    await admin('PUT', shop.path, { period_s: null });
    const { ingestion } = (await admin('GET', shop.path)).body;
    expect(ingestion.map((one: Json) => one.next_poll_at)).toEqual(Array(6).fill(null));
  });

  it('is refused for a connection that is not there, a time to come, and a provider without one', async () => {
    const shop = await open('stripe');
    const elsewhere = shop.path.replace(shop.connection, 'con_none');
    expect((await admin('PUT', elsewhere, { period_s: 600 })).status).toBe(404);
    expect((await admin('PUT', shop.path, { period_s: 5 })).status).toBe(400);
    const hubtel = await shop.merchant.send('POST', '/connections', {
      provider: 'hubtel',
      mode: 'sandbox',
      credentials: { client_id: 'abc', client_secret: 'def', merchant_account: '2012345' },
    });
    const other = shop.path.replace(shop.connection, hubtel.body.id);
    const refused = await admin('PUT', other, { period_s: 600 });
    expect(refused).toMatchObject({ status: 400, body: { code: 'not_supported' } });
    const since = new Date(stage.clock.nowMs() + DAY).toISOString();
    expect((await admin('PUT', shop.path, { period_s: 600, since })).status).toBe(400);
  });
});
