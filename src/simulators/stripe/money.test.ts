// Refunds, disputes, payouts, the ledger (psp/stripe.md sections 2.4 to 2.6).
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEY, openSandbox, type Sandbox } from './sandbox.ts';

let stripe: Sandbox;
beforeEach(() => {
  stripe = openSandbox();
});
afterEach(() => stripe.close());

const post = async (path: string, form: Record<string, string> = {}) =>
  (await stripe.call('POST', path, { form })).body;
const get = async (path: string) => (await stripe.call('GET', path)).body;
const pay = (payment_method = 'pm_card_visa', more: Record<string, string> = {}) =>
  post('/v1/payment_intents', {
    amount: '1000',
    currency: 'usd',
    confirm: 'true',
    return_url: 'https://shop.example/r',
    payment_method,
    ...more,
  });
const totals = () => stripe.simulators.books('stripe', KEY).totals.USD;

describe('refunds', () => {
  it('never add up to more than was captured', async () => {
    const { id } = await pay('pm_card_visa', { capture_method: 'manual' });
    await post(`/v1/payment_intents/${id}/capture`, { amount_to_capture: '700' });
    const results = await Promise.all(
      Array.from({ length: 5 }, () => post('/v1/refunds', { payment_intent: id, amount: '300' })),
    );
    expect(results.filter(({ object }) => object === 'refund')).toHaveLength(2);
    const rest = await post('/v1/refunds', { payment_intent: id });
    expect(rest.amount).toBe(100);
    expect(totals()).toMatchObject({ charged: '700', refunded: '700' });
  });

  it('show on the charge and in the ledger', async () => {
    const { id, latest_charge } = await pay();
    const refund = await post('/v1/refunds', {
      charge: latest_charge,
      amount: '400',
      reason: 'duplicate',
      'metadata[reference]': 'r1',
    });
    expect(refund).toMatchObject({
      payment_intent: id,
      reason: 'duplicate',
      metadata: { reference: 'r1' },
    });
    const charge = await get(`/v1/charges/${latest_charge}?expand[]=refunds`);
    expect(charge).toMatchObject({ amount_refunded: 400, refunded: false });
    expect(charge.refunds.data).toHaveLength(1);
    const entry = await get(`/v1/balance_transactions/${refund.balance_transaction}`);
    expect(entry).toMatchObject({ amount: -400, fee: 0, type: 'refund', source: refund.id });
    await stripe.pass(100);
    const event = stripe.sent
      .map(({ body }) => JSON.parse(body))
      .find(({ type }) => type === 'charge.refunded');
    expect(event.data.previous_attributes).toEqual({ amount_refunded: 0 });
  });

  it.each([
    [{}, 'parameter_missing'],
    [{ payment_intent: 'pi_x' }, 'resource_missing'],
    [{ charge: 'ch_x' }, 'resource_missing'],
    [{ payment_intent: 'pi_x', reason: 'because' }, undefined],
    [{ payment_intent: 'pi_x', reverse_transfer: 'true' }, 'parameter_unknown'],
  ])('are refused for %j', async (form, code) => {
    const { status, body } = await stripe.call('POST', '/v1/refunds', { form });
    expect([status, body.error.code]).toEqual([400, code]);
  });

  it('of an unpaid intent are refused', async () => {
    const { id } = await post('/v1/payment_intents', { amount: '1000', currency: 'usd' });
    const { error } = await post('/v1/refunds', { payment_intent: id });
    expect(error.message).toContain('does not have a successful charge to refund');
  });

  it('may be pending, and succeed later', async () => {
    const { id } = await pay('pm_card_pendingRefund');
    const refund = await post('/v1/refunds', { payment_intent: id });
    expect(refund.status).toBe('pending');
    await stripe.pass(3_000);
    expect((await get(`/v1/refunds/${refund.id}`)).status).toBe('succeeded');
    expect(stripe.types()).toEqual(expect.arrayContaining(['refund.created', 'refund.updated']));
  });

  it('may fail after they succeeded, and the money is back with the merchant', async () => {
    const { id, latest_charge } = await pay('pm_card_refundFail');
    const refund = await post('/v1/refunds', { payment_intent: id });
    expect(refund.status).toBe('succeeded');
    await stripe.pass(3_000);
    const failed = await get(`/v1/refunds/${refund.id}`);
    expect(failed).toMatchObject({ status: 'failed', failure_reason: 'expired_or_canceled_card' });
    expect(await get(`/v1/charges/${latest_charge}`)).toMatchObject({
      amount_refunded: 0,
      refunded: false,
    });
    expect(stripe.types()).toContain('refund.failed');
    expect(totals()).toMatchObject({ charged: '1000', refunded: '0' });
  });

  it('fail on request', async () => {
    const { id } = await pay('pm_card_visa', { 'metadata[simulate]': 'refund.decline' });
    const refund = await post('/v1/refunds', { payment_intent: id });
    expect(refund.status).toBe('pending');
    await stripe.pass(3_000);
    expect((await get(`/v1/refunds/${refund.id}`)).status).toBe('failed');
  });
});

describe('disputes', () => {
  const disputed = async (card = 'pm_card_createDispute') => {
    const { id, latest_charge } = await pay(card);
    const { data } = await get(`/v1/disputes?payment_intent=${id}`);
    return { id, charge: latest_charge, dispute: data[0] };
  };

  it('are opened by their cards and take the money', async () => {
    const { id, charge, dispute } = await disputed();
    expect(dispute).toMatchObject({
      status: 'needs_response',
      reason: 'fraudulent',
      amount: 1000,
      charge,
    });
    expect(await get(`/v1/charges/${charge}`)).toMatchObject({
      disputed: true,
      dispute: dispute.id,
    });
    const refund = await post('/v1/refunds', { payment_intent: id });
    expect(refund.error.code).toBe('charge_disputed');
    await stripe.pass(100);
    expect(stripe.types()).toEqual(
      expect.arrayContaining(['charge.dispute.created', 'charge.dispute.funds_withdrawn']),
    );
  });

  it.each([
    ['winning_evidence', 'won'],
    ['losing_evidence', 'lost'],
    ['whatever', 'under_review'],
  ])('with %s are %s', async (evidence, status) => {
    const { dispute } = await disputed();
    const path = `/v1/disputes/${dispute.id}`;
    const answered = await post(path, { 'evidence[uncategorized_text]': evidence, submit: 'true' });
    expect(answered).toMatchObject({ status, evidence_details: { submission_count: 1 } });
    expect((await post(path, { 'evidence[receipt]': 'x' })).error.code).toBe('dispute_not_open');
  });

  it('are given up by closing', async () => {
    const { dispute } = await disputed();
    expect(await post(`/v1/disputes/${dispute.id}/close`)).toMatchObject({ status: 'lost' });
    await stripe.pass(100);
    expect(stripe.types()).toContain('charge.dispute.closed');
  });

  it('may be inquiries, which take no money and allow a refund', async () => {
    const { id, dispute } = await disputed('pm_card_createDisputeInquiry');
    expect(dispute).toMatchObject({ status: 'warning_needs_response', is_charge_refundable: true });
    expect((await post('/v1/refunds', { payment_intent: id })).status).toBe('succeeded');
    expect((await post(`/v1/disputes/${dispute.id}/close`)).status).toBe('warning_closed');
  });

  it('of an authorization wait for its capture', async () => {
    const { id } = await pay('pm_card_createDispute', { capture_method: 'manual' });
    const list = `/v1/disputes?payment_intent=${id}`;
    expect((await get(list)).data).toEqual([]);
    await post(`/v1/payment_intents/${id}/capture`, { amount_to_capture: '600' });
    expect((await get(list)).data).toMatchObject([{ amount: 600 }]);
  });

  it('come on request too', async () => {
    const { id } = await pay('pm_card_visa', { 'metadata[simulate]': 'dispute' });
    expect((await get(`/v1/disputes?payment_intent=${id}`)).data).toHaveLength(1);
  });
});

describe('payouts', () => {
  it('draw on the available balance, which a charge reaches after two days', async () => {
    await pay('pm_card_visa', { amount: '10000' });
    const form = { amount: '5000', currency: 'usd' };
    expect((await post('/v1/payouts', form)).error.code).toBe('balance_insufficient');
    await stripe.pass(2 * 86_400_000);
    expect((await post('/v1/payouts', form)).status).toBe('pending');
    expect((await post('/v1/payouts', form)).error.code).toBe('balance_insufficient');
  });

  it('arrive, are returned, or are canceled, and the ledger follows', async () => {
    await pay('pm_card_bypassPending', { amount: '10000' });
    const form = { amount: '2000', currency: 'usd' };
    const paid = await post('/v1/payouts', form);
    const failing = await post('/v1/payouts', {
      ...form,
      'metadata[simulate]': 'payout.decline:no_account',
    });
    const canceled = await post('/v1/payouts', form);
    expect((await post(`/v1/payouts/${canceled.id}/cancel`)).status).toBe('canceled');
    await stripe.pass(5_000);
    expect((await get(`/v1/payouts/${paid.id}`)).status).toBe('paid');
    expect(await get(`/v1/payouts/${failing.id}`)).toMatchObject({
      status: 'failed',
      failure_code: 'no_account',
    });
    expect((await post(`/v1/payouts/${paid.id}/cancel`)).status).toBeUndefined();
    expect((await get('/v1/balance')).available[0].amount).toBe(10_000 - 320 - 2_000);
    expect(totals()?.paid_out).toBe('2000');
    expect(stripe.types()).toEqual(
      expect.arrayContaining(['payout.created', 'payout.paid', 'payout.failed', 'payout.canceled']),
    );
  });

  it('of HUF and TWD are whole', async () => {
    const { error } = await post('/v1/payouts', { amount: '150', currency: 'twd' });
    expect(error.message).toContain('divisible by 100');
  });
});

describe('transfers', () => {
  const connect = async () => (await post('/v1/accounts', { type: 'express', country: 'US' })).id;
  const transfer = (destination: string, more: Record<string, string> = {}) =>
    post('/v1/transfers', { amount: '5000', currency: 'usd', destination, ...more });

  it('go to connected accounts, from the available balance', async () => {
    const destination = await connect();
    expect((await get('/v1/accounts')).data).toMatchObject([{ id: destination, type: 'express' }]);
    expect((await transfer('acct_1nobody')).error.code).toBe('resource_missing');
    expect((await transfer(destination)).error.code).toBe('balance_insufficient');
    await pay('pm_card_bypassPending', { amount: '10000' });
    const refused = await transfer(destination, { 'metadata[simulate]': 'payout.decline' });
    expect(refused.error.code).toBe('transfers_not_allowed');
    const made = await transfer(destination, { transfer_group: 'g1' });
    expect(made).toMatchObject({ object: 'transfer', destination, amount_reversed: 0 });
    expect((await get('/v1/transfers?transfer_group=g1')).data).toEqual([made]);
    expect((await get('/v1/transfers?transfer_group=g2')).data).toEqual([]);
    expect((await get(`/v1/transfers/${made.id}`)).id).toBe(made.id);
    expect((await get('/v1/balance')).available[0].amount).toBe(10_000 - 320 - 5_000);
    await stripe.pass(100);
    expect(stripe.types()).toContain('transfer.created');
  });

  it('are called back in parts, and never more than was transferred', async () => {
    await pay('pm_card_bypassPending', { amount: '10000' });
    const { id } = await transfer(await connect());
    const path = `/v1/transfers/${id}/reversals`;
    const part = await post(path, { amount: '2000', 'metadata[reference]': 'r1' });
    expect(part).toMatchObject({ object: 'transfer_reversal', transfer: id, amount: 2_000 });
    expect((await post(path, { amount: '3001' })).error.param).toBe('amount');
    const rest = await post(path);
    expect(rest.amount).toBe(3_000);
    expect((await post(path)).error.code).toBe('transfer_already_reversed');
    expect((await get(path)).data.map((one: { id: string }) => one.id)).toEqual([rest.id, part.id]);
    expect((await get(`${path}/${part.id}`)).metadata).toEqual({ reference: 'r1' });
    const after = await get(`/v1/transfers/${id}`);
    expect(after).toMatchObject({ amount_reversed: 5_000, reversed: true });
    expect(after.reversals.total_count).toBe(2);
    expect((await get('/v1/balance')).available[0].amount).toBe(10_000 - 320);
    expect(totals()).toMatchObject({ paid_out: '5000', refunded: '5000' });
    await stripe.pass(100);
    expect(stripe.types()).toContain('transfer.reversed');
  });
});

describe('the ledger', () => {
  it('has an entry for every movement, newest first', async () => {
    const { id } = await pay();
    await post('/v1/refunds', { payment_intent: id, amount: '100' });
    const types = (await get('/v1/balance_transactions')).data.map(
      ({ type }: { type: string }) => type,
    );
    expect(types).toEqual(['refund', 'charge']);
    const charges = await get('/v1/balance_transactions?type=charge');
    expect(charges.data[0]).toMatchObject({ fee: 59, net: 941, reporting_category: 'charge' });
    expect((await get('/v1/balance')).pending[0].amount).toBe(941);
  });

  it('reports movements in ISO units', async () => {
    await pay('pm_card_visa', { currency: 'ugx', amount: '500000' });
    await pay('pm_card_visa', { currency: 'mga', amount: '5000' });
    expect(stripe.simulators.books('stripe', KEY).totals).toMatchObject({
      UGX: { charged: '5000' },
      MGA: { charged: '500000' },
    });
  });
});
