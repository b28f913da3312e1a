import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { booksOf, type Json, payOf, type Shop, stripeCharge } from '../../../test/history-shop.ts';
import { ledgerClient } from '../../../test/ledger-client.ts';
import { openStage, type Stage } from '../../../test/stage.ts';
import { claimPolls } from '../../store/ingestions.ts';
import { LEASE_MS } from '../sync/work-due.ts';
import { pollHistory } from './poll.ts';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

let stage: Stage;
/** What the PSPs do later, when the test says so. */
const plans = new Set<() => void>();
beforeAll(async () => {
  const timers = {
    after: (ms: number, run: () => void) => {
      const plan = () => run();
      if (ms < 10_000) plans.add(plan);
      return () => void plans.delete(plan);
    },
  };
  // Webhooks are lost: what is known here was read.
  stage = await openStage({ deliver: async () => 200, timers });
});
afterAll(() => stage?.close());

/** All that the PSPs have planned happens, then the next polls are due. */
async function settled() {
  for (const plan of plans) {
    plans.delete(plan);
    plan();
  }
  await stage.later(HOUR);
  // The kinds that follow others have their turn.
  await stage.later(0);
}

const { admin, ago, off, open, read, rows, mismatches } = booksOf(() => stage);
afterEach(() => off());

const facts = async (shop: Shop) =>
  (await rows(shop)).map(({ type, status, left, operation }) => [type, status, left, operation]);
const ledgerOf = (shop: Shop) => ledgerClient(stage, shop.merchant);
interface Line {
  readonly reason: string;
}
/** The lines of the history of a payment. */
const told = async (paymentId: string) => {
  const text = 'SELECT reason FROM adjustments WHERE payment_id = $1 ORDER BY id';
  const lines = await stage.context.db.run<Line>({ name: '', text }, [paymentId]);
  return lines.map(({ reason }) => reason);
};

describe('transfers to connected accounts', () => {
  const platform = async () => {
    const shop = await open('stripe');
    await stripeCharge(shop, { payment_method: 'pm_card_bypassPending' });
    const { id: destination } = await shop.psp('POST', '/v1/accounts', { type: 'express' });
    return { shop, destination };
  };
  const transfersOf = async (shop: Shop) =>
    (await rows(shop)).filter(({ type }) => type === 'transfer');

  it('that the PSP made without us are here, less what was called back', async () => {
    const { shop, destination } = await platform();
    const made = { amount: '500', currency: 'usd', destination };
    const { id } = await shop.psp('POST', '/v1/transfers', made);
    await read(shop);
    expect(await transfersOf(shop)).toMatchObject([{ reference: id, status: 'SUCCEEDED' }]);
    await shop.psp('POST', `/v1/transfers/${id}/reversals`, { amount: '200' });
    await settled();
    await settled();
    expect(await transfersOf(shop)).toMatchObject([
      { reference: id, status: 'REFUNDED', initial: 500n, left: 300n },
    ]);
    expect(await mismatches(shop)).toEqual([]);
  });

  it('that are ours are not here twice, nor is what we called back', async () => {
    const { shop, destination } = await platform();
    const ledger = await ledgerOf(shop);
    const connectorID = ledger.connectorId(shop.connection, 'stripe');
    const ConnectorID = JSON.parse(Buffer.from(connectorID, 'base64url').toString());
    const account = { ConnectorID, Reference: destination };
    const initiation = {
      reference: 'share-1',
      scheduledAt: new Date(0),
      description: 'Share',
      sourceAccountID: '',
      destinationAccountID: Buffer.from(JSON.stringify(account)).toString('base64url'),
      connectorID,
      type: 'TRANSFER',
      amount: 500,
      asset: 'USD/2',
      validated: true,
    };
    const begun = await ledger.send('POST', '/transfer-initiations', initiation);
    const { id } = begun.body.data;
    const back = {
      reference: 'back-1',
      description: 'Part',
      amount: 200,
      asset: 'USD/2',
      metadata: {},
    };
    const reversed = await ledger.send('POST', `/transfer-initiations/${id}/reverse`, back);
    expect([begun.status, reversed.status]).toEqual([200, 204]);
    const before = await transfersOf(shop);
    expect(before).toHaveLength(1);
    await read(shop, HOUR);
    await settled();
    expect(await transfersOf(shop)).toEqual(before);
    expect(await mismatches(shop)).toEqual([]);
    // Made in the PSP's dashboard: nothing here knows of it.
    const [{ id: atStripe }] = (await shop.psp('GET', '/v1/transfers')).data;
    await shop.psp('POST', `/v1/transfers/${atStripe}/reversals`, { amount: '100' });
    await settled();
    expect(await mismatches(shop)).toMatchObject([{ what: 'status', theirs: { amount: '100' } }]);
  });
});

describe('payouts', () => {
  const stripePayout = (shop: Shop) =>
    shop.psp('POST', '/v1/payouts', { amount: '1000', currency: 'usd' });

  it('that the PSP made without us are payouts of the ledger, with what becomes of them', async () => {
    const shop = await open('stripe');
    await stripeCharge(shop, { payment_method: 'pm_card_bypassPending' });
    const made = await stripePayout(shop);
    await read(shop);
    const listed = async () => (await rows(shop)).find(({ reference }) => reference === made.id);
    expect(await listed()).toMatchObject({ type: 'payout', status: 'PENDING', initial: 1000n });
    await settled();
    await settled();
    expect(await listed()).toMatchObject({ status: 'SUCCEEDED', operation: 'record' });
    const ledger = await ledgerOf(shop);
    const { body } = await ledger.send('GET', '/v3/payments');
    const shown = body.cursor.data.find((one: Json) => one.reference === made.id);
    expect(shown).toMatchObject({ type: 'PAYOUT', status: 'SUCCEEDED', asset: 'USD/2' });
    const destination = Buffer.from(shown.destinationAccountID, 'base64url').toString();
    expect(destination).toContain(made.destination);
    expect(await mismatches(shop)).toEqual([]);
  });

  it('of Paystack are read under their codes', async () => {
    const shop = await open('paystack');
    const recipient = await shop.psp('POST', '/transferrecipient', {
      type: 'nuban',
      name: 'Tunde Bello',
      account_number: '9990000001',
      bank_code: '058',
      currency: 'NGN',
    });
    const transfer = await shop.psp('POST', '/transfer', {
      source: 'balance',
      amount: '80000',
      recipient: recipient.data.recipient_code,
      reference: 'made-in-the-dashboard',
    });
    await read(shop);
    expect(await facts(shop)).toEqual([['payout', 'PENDING', 80000n, 'record']]);
    await settled();
    const [row] = await rows(shop);
    expect(row).toMatchObject({ reference: transfer.data.transfer_code, status: 'FAILED' });
  });

  const payOut = async (shop: Shop) => {
    const { body } = await shop.merchant.send(
      'POST',
      '/payouts',
      {
        connection_id: shop.connection,
        amount: 8_000,
        currency: 'ZAR',
        beneficiary: {
          type: 'bank',
          name: 'Tunde Bello',
          account_number: '62000000001',
          bank_code: '632005',
        },
      },
      { 'idempotency-key': 'once' },
    );
    return body;
  };

  it('of our own are compared, and are recorded by nobody else', async () => {
    const shop = await open('paystack');
    const payout = await payOut(shop);
    await settled();
    await read(shop, DAY);
    await settled();
    expect(await facts(shop)).toEqual([['payout', 'SUCCEEDED', 8000n, 'payout']]);
    expect((await shop.merchant.send('GET', `/payouts/${payout.id}`)).body.status).toBe(
      'succeeded',
    );
    expect(await mismatches(shop)).toEqual([]);
  });

  it('that differ from our own are mismatches', async () => {
    const shop = await open('paystack');
    await payOut(shop);
    await settled();
    const text = 'UPDATE attempts SET captured_minor = 9000 WHERE environment_id = $1';
    await stage.context.db.run({ name: '', text }, [shop.environmentId]);
    await read(shop, DAY);
    expect(await mismatches(shop)).toMatchObject([
      {
        kind: 'payouts',
        what: 'amount',
        ours: { state: 'paid_out', amount: '9000' },
        theirs: { state: 'paid_out', amount: '8000' },
      },
    ]);
  });
});

describe('disputes', () => {
  const answer = (shop: Shop, id: string, text: string) =>
    shop.psp('POST', `/v1/disputes/${id}`, {
      'evidence[uncategorized_text]': text,
      submit: 'true',
    });
  const disputeOf = async (shop: Shop) => (await shop.psp('GET', '/v1/disputes')).data[0].id;

  it.each([
    ['winning_evidence', 'DISPUTE_WON', 'succeeded'],
    ['losing_evidence', 'DISPUTE_LOST', 'disputed'],
  ])('of a payment that is not ours are its adjustments: %s', async (text, ledger, status) => {
    const shop = await open('stripe');
    await stripeCharge(shop, { payment_method: 'pm_card_createDispute' });
    await read(shop);
    expect(await facts(shop)).toEqual([['pay_in', 'DISPUTE', 5000n, 'record']]);
    await answer(shop, await disputeOf(shop), text);
    await settled();
    await settled();
    expect(await facts(shop)).toEqual([['pay_in', ledger, 5000n, 'record']]);
    const { body } = await shop.merchant.send('GET', '/payments');
    expect(body.map((one: Json) => one.status)).toEqual([status]);
    expect(await mismatches(shop)).toEqual([]);
  });

  it.each([
    ['winning_evidence', 'DISPUTE_WON', 'succeeded'],
    ['losing_evidence', 'DISPUTE_LOST', 'disputed'],
  ])('of a payment of ours are evidence, though their webhooks are lost: %s', async (...end) => {
    const [text, ledger, status] = end;
    const shop = await open('stripe');
    const { body } = await payOf(shop, { payment_method: { token: 'pm_card_createDispute' } });
    expect(body.status).toBe('succeeded');
    await read(shop);
    const now = async () => (await shop.merchant.send('GET', `/payments/${body.id}`)).body.status;
    expect(await now()).toBe('disputed');
    const before = (await told(body.id)).length;
    await settled();
    await settled();
    // Read again, it is told once.
    expect(await told(body.id)).toHaveLength(before);
    await answer(shop, await disputeOf(shop), text);
    await settled();
    expect(await now()).toBe(status);
    expect(await facts(shop)).toEqual([['pay_in', ledger, 5000n, 'charge']]);
    const [shown] = (await (await ledgerOf(shop)).send('GET', '/v3/payments')).body.cursor.data;
    expect(shown).toMatchObject({ status: ledger, amount: 5000 });
    const adjustments = shown.adjustments.map((one: Json) => one.status);
    expect(adjustments.sort()).toEqual(['DISPUTE', ledger, 'PENDING', 'SUCCEEDED']);
    await settled();
    expect(await told(body.id)).toHaveLength(before + 1);
    expect(await mismatches(shop)).toEqual([]);
  });

  it('of Paystack are read too', async () => {
    const shop = await open('paystack');
    await shop.psp('POST', '/transaction/charge_authorization', {
      email: 'ama@example.com',
      amount: '20000',
      currency: 'NGN',
      reference: 'of-the-shop-itself',
      authorization_code: 'AUTH_success',
      metadata: JSON.stringify({ simulate: 'dispute' }),
    });
    await read(shop);
    await settled();
    expect(await facts(shop)).toEqual([['pay_in', 'DISPUTE', 20000n, 'record']]);
    const [dispute] = (await shop.psp('GET', '/dispute')).data;
    await shop.psp('PUT', `/dispute/${dispute.id}/resolve`, {
      resolution: 'merchant-accepted',
      message: 'it is so',
    });
    await settled();
    expect(await facts(shop)).toEqual([['pay_in', 'DISPUTE_LOST', 20000n, 'record']]);
  });
});

describe('accounts and balances', () => {
  it('of Stripe are those of the Formance API, and a balance is a row when it changes', async () => {
    const shop = await open('stripe');
    await stripeCharge(shop, { payment_method: 'pm_card_bypassPending' });
    await read(shop);
    const ledger = await ledgerOf(shop);
    const accounts = (await ledger.send('GET', '/v3/accounts')).body.cursor.data;
    expect(accounts.map(({ type, name }: Json) => [type, name]).sort()).toEqual([
      ['EXTERNAL', 'Simulated merchant'],
      ['INTERNAL', 'Simulated merchant'],
    ]);
    const own = accounts.find(({ type }: Json) => type === 'INTERNAL');
    expect(own).toMatchObject({
      reference: expect.stringMatching(/^acct_/),
      defaultAsset: 'USD/2',
    });
    const balances = async () =>
      (await (await ledgerOf(shop)).send('GET', `/v3/accounts/${own.id}/balances`)).body.cursor
        .data;
    const [first, ...none] = await balances();
    expect(none).toEqual([]);
    await settled();
    expect(await balances()).toMatchObject([
      { balance: first.balance, createdAt: first.createdAt },
    ]);
    expect((await balances())[0].lastUpdatedAt > first.lastUpdatedAt).toBe(true);
    await stripeCharge(shop, { payment_method: 'pm_card_bypassPending' });
    await settled();
    expect((await balances()).map(({ balance }: Json) => balance).sort()).toEqual(
      [first.balance, first.balance * 2].sort(),
    );
  });

  it('of Paystack are a balance a currency, and the recipients with the end of their numbers', async () => {
    const shop = await open('paystack');
    await shop.psp('POST', '/transferrecipient', {
      type: 'nuban',
      name: 'Tunde Bello',
      account_number: '0001234567',
      bank_code: '058',
      currency: 'NGN',
    });
    await read(shop);
    const ledger = await ledgerOf(shop);
    const { body, text } = await ledger.send('GET', '/v3/accounts?pageSize=100');
    const named = body.cursor.data.map(({ reference, type }: Json) => [reference, type]);
    expect(named).toContainEqual(['balance:NGN', 'INTERNAL']);
    expect(named).toContainEqual([expect.stringMatching(/^RCP_/), 'EXTERNAL']);
    expect(text).not.toContain('0001234567');
    expect(text).toContain('"last4":"4567"');
    const { id } = body.cursor.data.find((one: Json) => one.reference === 'balance:NGN');
    const balances = (await ledger.send('GET', `/v3/accounts/${id}/balances`)).body.cursor.data;
    expect(balances).toMatchObject([{ asset: 'NGN/2', balance: 1_000_000_000 }]);
  });
});

describe('polls', () => {
  it('that race take everything once', async () => {
    const shop = await open('stripe');
    await stripeCharge(shop, { payment_method: 'pm_card_createDispute' });
    const { body } = await payOf(shop, { payment_method: { token: 'pm_card_createDispute' } });
    await admin('PUT', shop.path, { period_s: 600, since: ago(HOUR) });
    for (let round = 0; round < 3; round += 1) {
      const nowMs = stage.clock.nowMs();
      const polls = await claimPolls(stage.context.db, { nowMs, leaseMs: LEASE_MS, limit: 100 });
      // Each is done by three at once: two of them have lost their lease and do not know it.
      const thrice = polls.flatMap((poll) => [poll, poll, poll]);
      await Promise.all(thrice.map((poll) => pollHistory(stage.context, poll)));
    }
    expect((await facts(shop)).toSorted()).toEqual([
      ['pay_in', 'DISPUTE', 5000n, 'charge'],
      ['pay_in', 'DISPUTE', 5000n, 'record'],
    ]);
    const lines = await told(body.id);
    expect(lines.filter((reason) => reason === 'listed: DISPUTE')).toHaveLength(1);
    const text = 'SELECT unit FROM account_balances WHERE environment_id = $1 ORDER BY unit';
    const units = await stage.context.db.run({ name: '', text }, [shop.environmentId]);
    expect(units).toEqual([{ unit: 'USD' }, { unit: 'ZAR' }]);
    expect(await mismatches(shop)).toEqual([]);
  });

  it('of one kind that fail hold up no other', async () => {
    const shop = await open('stripe');
    await stripeCharge(shop);
    const { sendTo } = stage.context;
    Object.assign(stage.context, {
      sendTo: (...to: Parameters<typeof sendTo>) => {
        const send = sendTo(...to);
        return async (request: Parameters<typeof send>[0]) =>
          request.path.includes('/v1/payouts')
            ? { sent: 'not_sent' as const, reason: 'no way' }
            : send(request);
      },
    });
    await read(shop);
    for (let tries = 2; tries <= 10; tries += 1) await stage.later(HOUR);
    Object.assign(stage.context, { sendTo });
    const { ingestion } = (await admin('GET', shop.path)).body;
    const failures = ingestion.map((one: Json) => [one.kind, one.failures, one.paused_at !== null]);
    expect(failures.sort()).toEqual([
      ['accounts', 0, false],
      ['balances', 0, false],
      ['disputes', 0, false],
      ['payments', 0, false],
      ['payouts', 10, true],
      ['refunds', 0, false],
    ]);
    expect(await facts(shop)).toHaveLength(1);
  });

  it('see what changed days after it was covered', async () => {
    const shop = await open('stripe');
    const reserved = await stripeCharge(shop, { capture_method: 'manual' });
    await read(shop);
    for (let day = 0; day < 4; day += 1) await stage.later(DAY);
    await shop.psp('POST', `/v1/payment_intents/${reserved.id}/capture`, {});
    await stage.later(HOUR);
    await stage.later(DAY);
    await stage.later(DAY);
    expect(await facts(shop)).toEqual([['pay_in', 'CAPTURE', 5000n, 'record']]);
  });
});
