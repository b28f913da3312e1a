import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/database.ts';
import { anAttempt, anOperation, aPayment, aPlan, aRecord, T0 } from '../../test/records.ts';
import type { Adjustment, Operation, Payment, PaymentRecord } from '../domain/payment/payment.ts';
import { type Db, openDb, violatedConstraint } from './db.ts';
import {
  beginPayment,
  type Change,
  commitPayment,
  findOperationOwner,
  findPaymentEnvironment,
  type KeyClaim,
  loadPayment,
  type OutboxEvent,
} from './payments.ts';

const HUGE = 9_223_372_036_854_775_807n;

let database: TestDatabase;
let db: Db;
let other: Db;

beforeAll(async () => {
  database = await testDatabase();
  const connection = { connectionString: database.connectionString };
  db = openDb({ connection, maxConnections: 8 });
  // Another server process: its writes never share a statement with ours.
  other = openDb({ connection, maxConnections: 4 });
  await query(`INSERT INTO organizations VALUES ('org_1', 'Acme', 'brn_1', NULL, now())`);
  await query(`INSERT INTO environments (id, organization_id, mode, created_at)
    VALUES ('env_1', 'org_1', 'sandbox', now()), ('env_2', 'org_1', 'live', now())`);
});
afterAll(async () => {
  await Promise.all([db?.close(), other?.close()]);
  await database?.close();
});

function query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
  return db.run<Row>({ name: '', text }, values);
}

let made = 0;
const nextNumber = () => {
  made += 1;
  return made;
};

/** A payment of its own for each test. */
function fresh(payment: Partial<Payment> = {}): PaymentRecord {
  const id = `pay_${nextNumber()}`;
  const attempt = anAttempt({ id: `att_${id}`, paymentId: id });
  return aRecord({ id, ...payment }, [attempt]);
}

async function begun(payment: Partial<Payment> = {}, change: Change = {}): Promise<PaymentRecord> {
  const record = fresh(payment);
  expect(await begin(record, change)).toBe(true);
  return record;
}

const begin = (record: PaymentRecord, change: Change = {}, writer: Db = db) =>
  beginPayment(writer, record, { attempts: record.attempts, ...change });

async function loaded({ payment }: PaymentRecord): Promise<PaymentRecord> {
  const record = await loadPayment(db, payment.environmentId, payment.id);
  if (!record) throw new Error('not stored');
  return record;
}

const having = (record: PaymentRecord, payment: Partial<Payment>): PaymentRecord => ({
  ...record,
  payment: { ...record.payment, ...payment },
});

function refundOf({ payment, attempts }: PaymentRecord, fields: Partial<Operation> = {}) {
  const attemptId = attempts[0]!.id;
  return anOperation({ id: `ref_${nextNumber()}`, paymentId: payment.id, attemptId, ...fields });
}

const anEvent = (sequence: number): OutboxEvent => ({
  id: `evt_${nextNumber()}`,
  type: 'payment.updated',
  paymentSequence: sequence,
  snapshot: { amountMinor: HUGE, reason: 'é' },
  createdAt: T0,
});

const anAdjustment = (fields: Partial<Adjustment> = {}): Adjustment => ({
  attemptId: null,
  operationId: null,
  source: 'reply',
  reason: 'captured',
  fromStatus: 'pending',
  toStatus: 'succeeded',
  attemptFrom: null,
  attemptTo: null,
  evidence: {},
  createdAt: T0,
  ...fields,
});

const claim = (key: string, resourceId: string): KeyClaim => ({
  route: 'POST /v1/payments/intents',
  key,
  fingerprint: Buffer.from('0011ff', 'hex'),
  resourceId,
  createdAt: T0,
});

/** Every field that may change, at its oddest. */
const FULL: Partial<Payment> = {
  method: null,
  country: null,
  customer: { id: 'cus_1', email: 'ama@example.com', name: 'Ama "Ɛsi" Łukasz 🦊', phone: null },
  reference: "order'; DROP TABLE payments;--",
  description: '{"not": "json"}',
  metadata: { nested: { deep: [1, null, 'x'] }, createdAt: 'mine', empty: {}, '': 0 },
  amountMinor: HUGE,
  authorizedMinor: 9_007_199_254_740_993n,
  capturedMinor: 9_007_199_254_740_995n,
  refundedMinor: 1n,
  refundPendingMinor: 2n,
  capturePendingMinor: 3n,
  feeMinor: 0n,
  feeCurrency: 'GHS',
  feeIsActual: true,
  conflict: 'amount_mismatch',
  plan: aPlan('con_1', 'con_2'),
  planSince: 2,
  cancelRequestedAt: T0 + 1,
  capturedAt: T0 + 999,
  dueAt: null,
  eventSequence: 7,
  version: 41,
};

describe('a payment', () => {
  it('comes back as it was written, with its attempt', async () => {
    const record = fresh({ ...FULL, customerId: 'cus_1' });
    const attempt = {
      ...record.attempts[0]!,
      amountMinor: HUGE,
      authorizedMinor: 9_007_199_254_740_993n,
      capturedMinor: 1n,
      pspReference: '9007199254740993',
      pspState: { session: 'cs_1', weird: '"\\' },
      action: { type: 'redirect', url: 'https://psp.test/?a=1&b="2"' } as const,
      sealedToken: 'sealed',
      prompted: true,
      decline: {
        code: 'do_not_honor',
        pspCode: null,
        message: 'nie',
        fallbackOverride: 'never',
      } as const,
      error: 'line\nbreak',
      input: '{"amount":{"amountMinor":"9223372036854775807"},"note":"\\u0000 as text"}',
      nextSyncAt: null,
      firstNotFoundAt: T0 + 123,
      notFoundCount: 2,
      syncCount: 3,
    };
    const full = { ...record, attempts: [attempt] };
    expect(await begin(full)).toBe(true);
    expect(await loaded(full)).toEqual(full);
  });

  it('is not found in another environment', async () => {
    const { payment } = await begun();
    expect(await loadPayment(db, 'env_2', payment.id)).toBeNull();
    expect(await findPaymentEnvironment(db, payment.id)).toBe('env_1');
    expect(await findPaymentEnvironment(db, 'pay_none')).toBeNull();
  });

  it('without an attempt has none', async () => {
    const record = { ...fresh(), attempts: [] };
    await begin(record);
    expect((await loaded(record)).attempts).toEqual([]);
  });

  it('is changed in every field that may change, and one version further', async () => {
    const record = await begun();
    const attempt = {
      ...record.attempts[0]!,
      status: 'succeeded' as const,
      capturedMinor: 5n,
      action: { type: 'wait', message: '…' } as const,
      nextSyncAt: null,
      latencyMs: 17,
      sealedToken: 'sealed',
    };
    const second = anAttempt({ id: `${attempt.id}b`, paymentId: attempt.paymentId, number: 2 });
    const refund = refundOf(record, { amountMinor: 2n, reason: 'ünused', pspState: { a: 'b' } });
    const { version: _, ...fields } = FULL;
    const changed = {
      ...having(record, { ...fields, status: 'succeeded', reference: null, description: null }),
      attempts: [attempt, second],
      operations: [refund],
    };
    const change = { before: record.payment, attempts: [attempt, second], operations: [refund] };
    expect(await commitPayment(db, changed, change)).toBe('done');
    expect(await loaded(record)).toEqual(having(changed, { version: 2 }));
    expect(await findOperationOwner(db, 'env_1', refund.id)).toBe(record.payment.id);
    expect(await findOperationOwner(db, 'env_2', refund.id)).toBeNull();

    const settled = { ...refund, status: 'succeeded' as const, pspReference: 're_1', sentAt: null };
    const again = { ...having(changed, { version: 2 }), operations: [settled] };
    const known = { before: again.payment, operations: [settled] };
    expect(await commitPayment(db, again, known)).toBe('done');
    expect(await loaded(record)).toEqual(having(again, { version: 3 }));
  });

  it('keeps what cannot change', async () => {
    const record = await begun({ reference: 'mine' });
    const forged = having(record, {
      currency: 'USD',
      source: 'x',
      createdAt: 0,
      reference: 'other',
    });
    expect(await commitPayment(db, forged, {})).toBe('done');
    expect((await loaded(record)).payment).toMatchObject({
      currency: 'GHS',
      source: 'api',
      createdAt: T0,
      reference: 'mine',
    });
  });

  it('takes characters that Postgres does not, as a sign that they were there', async () => {
    const metadata = { 'k\u0000': 'a\u0000b', half: '\ud83e', whole: '🦊', text: '\\u0000' };
    const record = await begun(
      { metadata },
      { adjustments: [anAdjustment({ reason: 'x\u0000', evidence: { said: '\udd8a' } })] },
    );
    expect((await loaded(record)).payment.metadata).toEqual({
      'k\ufffd': 'a\ufffdb',
      half: '\ufffd',
      whole: '🦊',
      text: '\\u0000',
    });
  });
});

describe('history and events', () => {
  it('are written with the change, in their order', async () => {
    const record = await begun({}, { events: [anEvent(1)], adjustments: [anAdjustment()] });
    const evidence = [undefined, null, 'text', { amount: HUGE }];
    await commitPayment(db, record, {
      events: [anEvent(2), anEvent(3)],
      adjustments: evidence.map((one) => anAdjustment({ evidence: one })),
    });
    const id = record.payment.id;
    const events = await query(
      `SELECT payment_sequence, snapshot FROM events WHERE payment_id = $1 ORDER BY sequence`,
      [id],
    );
    expect(events).toEqual(
      [1, 2, 3].map((sequence) => ({
        payment_sequence: sequence,
        snapshot: { amountMinor: HUGE.toString(), reason: 'é' },
      })),
    );
    const rows = await query(`SELECT evidence FROM adjustments WHERE payment_id = $1 ORDER BY id`, [
      id,
    ]);
    expect(rows).toEqual(
      [{}, {}, {}, 'text', { amount: HUGE.toString() }].map((one) => ({ evidence: one })),
    );
  });
});

describe('two writers', () => {
  it('who read the same version: one writes, the other nothing at all', async () => {
    const record = await begun();
    const refund = refundOf(record);
    const change = { operations: [refund], adjustments: [anAdjustment()], events: [anEvent(1)] };
    const changed = having(record, { capturedMinor: 100n });
    expect(await commitPayment(db, changed, {})).toBe('done');
    expect(await commitPayment(other, { ...record, operations: [refund] }, change)).toBe(
      'payment_changed',
    );
    const after = await loaded(record);
    expect(after.payment).toMatchObject({ capturedMinor: 100n, version: 2 });
    expect(after.operations).toEqual([]);
    const left = await query(`SELECT FROM adjustments WHERE payment_id = $1`, [record.payment.id]);
    expect(left).toEqual([]);
  });

  it('of an unknown payment write nothing', async () => {
    expect(await commitPayment(db, fresh(), {})).toBe('payment_changed');
  });

  it.each([
    ['of one process', 1],
    ['of two processes', 2],
  ])('many at once %s: one wins each round, all win in the end', async (_, processes) => {
    const record = await begun({ eventSequence: 0 });
    const writers = Array.from({ length: 12 }, (__, index) =>
      index % processes === 0 ? db : other,
    );
    const rounds = await Promise.all(
      writers.map(async (writer) => {
        for (let tries = 1; ; tries += 1) {
          const current = await loaded(record);
          const eventSequence = current.payment.eventSequence + 1;
          const next = having(current, { eventSequence });
          const change = { before: current.payment, events: [anEvent(eventSequence)] };
          if ((await commitPayment(writer, next, change)) === 'done') return tries;
        }
      }),
    );
    expect(Math.max(...rounds)).toBeLessThanOrEqual(writers.length);
    const { payment } = await loaded(record);
    expect(payment).toMatchObject({ eventSequence: 12, version: 13 });
    const sequences = await query<{ payment_sequence: number }>(
      `SELECT payment_sequence FROM events WHERE payment_id = $1 ORDER BY sequence`,
      [record.payment.id],
    );
    expect(sequences.map((one) => one.payment_sequence)).toEqual(
      Array.from({ length: 12 }, (__, index) => index + 1),
    );
  });

  it('of which one only took the work for a while are both served', async () => {
    const record = await begun();
    let committed: Promise<unknown> = Promise.resolve();
    await db.transaction(async (tx) => {
      const take = `UPDATE payments SET due_at = due_at + interval '1 minute' WHERE id = $1`;
      await tx.run({ name: '', text: take }, [record.payment.id]);
      committed = commitPayment(other, having(record, { status: 'failed' }), {});
      const blocked = `SELECT FROM pg_stat_activity
        WHERE wait_event_type = 'Lock' AND datname = current_database()`;
      await expect.poll(() => query(blocked)).toHaveLength(1);
    });
    expect(await committed).toBe('done');
    expect((await loaded(record)).payment).toMatchObject({ status: 'failed', version: 2 });
  });

  it('who both add the next attempt: the number is unique', async () => {
    const record = await begun();
    const second = anAttempt({ id: 'att_twin_a', paymentId: record.payment.id, number: 2 });
    await commitPayment(db, record, { attempts: [second] });
    const twin = { ...second, id: 'att_twin_b' };
    const late = having(record, { version: 2 });
    const error = await commitPayment(db, late, { attempts: [twin] }).catch((one: unknown) => one);
    expect(violatedConstraint(error)).toContain('attempts');
    expect((await loaded(record)).payment.version).toBe(2);
  });
});

describe('the database itself refuses', () => {
  it.each([
    [
      'refunds that exceed the capture',
      { capturedMinor: 100n, refundedMinor: 60n, refundPendingMinor: 41n },
    ],
    ['a refund of nothing that was taken', { refundedMinor: 1n }],
    ['a reservation below zero', { capturedMinor: 100n, refundPendingMinor: -1n }],
  ])('%s', async (_, amounts) => {
    const record = await begun();
    const error = await commitPayment(db, having(record, amounts), {}).catch((one: unknown) => one);
    expect(violatedConstraint(error)).toBe('refunds_within_capture');
    expect(await loaded(record)).toEqual(record);
  });

  it.each([
    ['a capture beyond the authorisation', { authorizedMinor: 100n, capturePendingMinor: 101n }],
    ['a capture below zero', { capturePendingMinor: -1n }],
  ])('%s', async (_, amounts) => {
    const record = await begun();
    const error = await commitPayment(db, having(record, amounts), {}).catch((one: unknown) => one);
    expect(violatedConstraint(error)).toBe('captures_within_authorization');
  });

  it('a payment of nothing', async () => {
    const record = { ...fresh({ amountMinor: 0n }), attempts: [] };
    const error = await begin(record).catch((one: unknown) => one);
    expect(violatedConstraint(error)).toBe('payments_amount_minor_check');
  });

  it('only the bad one of several that are written together', async () => {
    const records = [await begun(), await begun(), await begun()];
    const results = await Promise.allSettled(
      records.map((record, index) =>
        commitPayment(
          db,
          having(record, index === 1 ? { refundedMinor: 1n } : { status: 'failed' }),
          {},
        ),
      ),
    );
    expect(results.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const statuses = await Promise.all(
      records.map(async (one) => (await loaded(one)).payment.status),
    );
    expect(statuses).toEqual(['failed', 'pending', 'failed']);
  });
});

describe('an Idempotency-Key', () => {
  const keyRow = (key: string) =>
    query<{ resource_id: string; response_status: number | null; response_body: string | null }>(
      `SELECT resource_id, response_status, response_body, encode(fingerprint, 'hex') AS print
       FROM idempotency_keys WHERE key = $1`,
      [key],
    );

  it.each([
    ['in one process', 1],
    ['in two processes', 2],
  ])('begins one payment, however many come at once %s', async (name, processes) => {
    const records = Array.from({ length: 10 }, () => fresh());
    const results = await Promise.all(
      records.map((record, index) =>
        begin(
          record,
          {
            claim: claim(`begin ${name}`, record.payment.id),
            events: [anEvent(1)],
            adjustments: [anAdjustment()],
          },
          index % processes === 0 ? db : other,
        ),
      ),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
    const winner = records[results.indexOf(true)]!;
    expect(await keyRow(`begin ${name}`)).toMatchObject([
      { resource_id: winner.payment.id, response_status: null, print: '0011ff' },
    ]);
    const ids = records.map(({ payment }) => payment.id);
    for (const table of ['payments', 'attempts', 'events', 'adjustments']) {
      const column = table === 'payments' ? 'id' : 'payment_id';
      const rows = await query(`SELECT ${column} AS id FROM ${table} WHERE ${column} = ANY ($1)`, [
        ids,
      ]);
      expect(rows, table).toEqual([{ id: winner.payment.id }]);
    }
  });

  it('is another one in another environment and on another route', async () => {
    const one = fresh();
    const change = { claim: claim('shared', one.payment.id) };
    expect(await begin(one, change)).toBe(true);
    const live = { ...fresh({ environmentId: 'env_2' }), attempts: [] };
    expect(await begin(live, { claim: claim('shared', live.payment.id) })).toBe(true);
    const elsewhere = fresh();
    const route = { ...claim('shared', elsewhere.payment.id), route: 'POST /elsewhere' };
    expect(await begin(elsewhere, { claim: route })).toBe(true);
  });

  it('that was used leaves nothing of the change behind', async () => {
    const record = await begun({ capturedMinor: 100n });
    const first = refundOf(record);
    const change = (refund: Operation) => ({
      operations: [refund],
      events: [anEvent(1)],
      adjustments: [anAdjustment()],
      claim: claim('refund once', refund.id),
    });
    const pending = having(record, { refundPendingMinor: 60n });
    expect(await commitPayment(db, pending, change(first))).toBe('done');
    const now = await loaded(record);
    const repeat = having(now, { refundPendingMinor: 61n });
    expect(await commitPayment(db, repeat, change(refundOf(record)))).toBe('key_taken');
    expect(await loaded(record)).toEqual(now);
    const history = await query(`SELECT FROM adjustments WHERE payment_id = $1`, [
      record.payment.id,
    ]);
    expect(history).toHaveLength(1);
  });

  it('is not used up by a change that came too late', async () => {
    const record = await begun();
    const stale = having(record, { version: 0 });
    const used = { claim: claim('too late', 'ref_x') };
    expect(await commitPayment(db, stale, used)).toBe('payment_changed');
    expect(await keyRow('too late')).toEqual([]);
  });

  it('gets its answer with the change that answers', async () => {
    const record = fresh();
    const claimed = claim('answered', record.payment.id);
    expect(await begin(record, { claim: claimed })).toBe(true);
    const { route, key } = claimed;
    const answer = { route, key, status: 201, body: '{"id":"é"}' };
    expect(await commitPayment(db, having(record, { version: 0 }), { answer })).toBe(
      'payment_changed',
    );
    expect(await keyRow('answered')).toMatchObject([{ response_status: null }]);
    expect(await commitPayment(db, record, { answer })).toBe('done');
    expect(await keyRow('answered')).toMatchObject([
      { response_status: 201, response_body: '{"id":"é"}' },
    ]);
  });

  it.each(['begin', 'commit'] as const)('is claimed and answered by one %s', async (how) => {
    const key = `both ${how}`;
    const record = how === 'begin' ? fresh() : await begun();
    const { id } = record.payment;
    const { route } = claim(key, id);
    const change = { claim: claim(key, id), answer: { route, key, status: 200, body: '{}' } };
    if (how === 'begin') expect(await begin(record, change)).toBe(true);
    else expect(await commitPayment(db, record, change)).toBe('done');
    expect(await keyRow(key)).toMatchObject([{ response_status: 200, response_body: '{}' }]);
  });
});

it('a payment in no environment cannot be', async () => {
  const nowhere = { ...fresh({ environmentId: 'env_none' }), attempts: [] };
  const error = await begin(nowhere).catch((one: unknown) => one);
  expect(violatedConstraint(error)).toContain('environment');
  expect(aPayment().environmentId).toBe('env_1');
});
