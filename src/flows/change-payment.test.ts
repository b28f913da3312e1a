import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/database.ts';
import { anAttempt, anOperation, aRecord, T0 } from '../../test/records.ts';
import { derivePayment } from '../domain/payment/derive.ts';
import type { PaymentRecord } from '../domain/payment/payment.ts';
import { systemPorts } from '../kernel/ports.ts';
import { type Db, openDb } from '../store/db.ts';
import { beginPayment, type KeyClaim, loadPayment } from '../store/payments.ts';
import { changePayment, KeyTaken, type Proposal } from './change-payment.ts';
import type { Context } from './context.ts';

let database: TestDatabase;
let db: Db;
let context: Context;
let made = 0;

beforeAll(async () => {
  database = await testDatabase();
  db = openDb({ connection: { connectionString: database.connectionString }, maxConnections: 8 });
  context = { db, ports: systemPorts } as Context;
  await query(`INSERT INTO organizations VALUES ('org_1', 'Acme', 'brn_1', NULL, now())`);
  await query(`INSERT INTO environments (id, organization_id, mode, created_at)
    VALUES ('env_1', 'org_1', 'sandbox', now())`);
});
afterAll(async () => {
  await db?.close();
  await database?.close();
});

function query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
  return db.run<Row>({ name: '', text }, values);
}

async function paid(): Promise<PaymentRecord> {
  made += 1;
  const id = `pay_${made}`;
  const attempt = anAttempt({
    id: `att_${made}`,
    paymentId: id,
    status: 'succeeded',
    capturedMinor: 100n,
    nextSyncAt: null,
  });
  const record = aRecord({ id, status: 'succeeded', capturedMinor: 100n, eventSequence: 0 }, [
    attempt,
  ]);
  await beginPayment(db, record, { attempts: [attempt] });
  return record;
}

const idsOf = ({ payment }: PaymentRecord) => ({
  environmentId: payment.environmentId,
  paymentId: payment.id,
});

const stored = async ({ payment }: PaymentRecord) =>
  (await loadPayment(db, payment.environmentId, payment.id))!;

/** Reserves a refund as the refund flow does; refuses what is not there. */
function reserve(amountMinor: bigint, current: PaymentRecord): Proposal {
  const { payment, attempts, operations } = current;
  if (payment.refundPendingMinor + amountMinor > payment.capturedMinor) throw new Error('too much');
  made += 1;
  const [attempt] = attempts;
  const refund = anOperation({
    id: `ref_${made}`,
    paymentId: payment.id,
    attemptId: attempt!.id,
    amountMinor,
  });
  const opened = { ...current, operations: [...operations, refund] };
  return {
    record: { ...opened, payment: derivePayment(opened, T0) },
    changedOperations: [refund.id],
    events: ['refund.updated'],
  };
}

describe('a change of a payment', () => {
  it('is decided again on the newest state, until it is written: refunds never exceed the capture (F9)', async () => {
    const record = await paid();
    const wishes = Array.from({ length: 15 }, () =>
      changePayment(context, idsOf(record), (current) => reserve(9n, current), record),
    );
    const results = await Promise.allSettled(wishes);
    expect(results.filter((one) => one.status === 'fulfilled')).toHaveLength(11);
    for (const one of results)
      if (one.status === 'rejected') expect(String(one.reason)).toContain('too much');
    const { payment, operations } = await stored(record);
    expect(payment).toMatchObject({ refundPendingMinor: 99n, eventSequence: 11, version: 12 });
    expect(operations).toHaveLength(11);
    const events = await query(
      `SELECT payment_sequence AS at FROM events WHERE payment_id = $1 ORDER BY sequence`,
      [payment.id],
    );
    expect(events).toEqual(Array.from({ length: 11 }, (_, index) => ({ at: index + 1 })));
  });

  it('answers the record as it is stored', async () => {
    const record = await paid();
    const { record: after } = await changePayment(context, idsOf(record), (current) =>
      reserve(40n, current),
    );
    expect(after).toEqual(await stored(record));
    const again = await changePayment(context, idsOf(record), (one) => reserve(1n, one), after);
    expect(again.record.payment.version).toBe(3);
  });

  it('that there is nothing to do for writes nothing', async () => {
    const record = await paid();
    const { proposal } = await changePayment(context, idsOf(record), () => null);
    expect(proposal).toBeNull();
    expect(await stored(record)).toEqual(record);
  });

  it('whose decision throws writes nothing', async () => {
    const record = await paid();
    const refuse = () => {
      throw new Error('not now');
    };
    await expect(changePayment(context, idsOf(record), refuse)).rejects.toThrow('not now');
    expect(await stored(record)).toEqual(record);
  });

  it.each([
    ['the payment', 101n, 100n],
    ['one attempt', 101n, 300n],
  ])('that would break the law of %s is not written', async (_, amountMinor, capturedMinor) => {
    const record = await paid();
    const change = changePayment(context, idsOf(record), (current) => {
      const payment = { ...current.payment, capturedMinor, refundPendingMinor: amountMinor };
      const refund = anOperation({ attemptId: current.attempts[0]!.id, amountMinor });
      return { record: { ...current, payment, operations: [refund] } };
    });
    await expect(change).rejects.toThrow('refunds exceed the capture');
    expect(await stored(record)).toEqual(record);
  });

  it('under a key that was used is refused, and leaves nothing behind', async () => {
    const record = await paid();
    const claim: KeyClaim = {
      route: 'POST /refunds',
      key: 'once',
      fingerprint: Buffer.from([1]),
      resourceId: 'ref_once',
      createdAt: T0,
    };
    const decide = (current: PaymentRecord) => ({ ...reserve(10n, current), claim });
    await changePayment(context, idsOf(record), decide);
    const after = await stored(record);
    await expect(changePayment(context, idsOf(record), decide)).rejects.toThrow(KeyTaken);
    expect(await stored(record)).toEqual(after);
  });

  it('of a payment that is not there is a 404', async () => {
    const ids = { environmentId: 'env_1', paymentId: 'pay_none' };
    await expect(changePayment(context, ids, () => null)).rejects.toMatchObject({ status: 404 });
  });
});

it('an event shows the payment as it is afterwards, without secrets and routing', async () => {
  const record = await paid();
  await changePayment(context, idsOf(record), (current) => reserve(25n, current));
  const [event] = await query<{ snapshot: Record<string, unknown> }>(
    'SELECT snapshot FROM events WHERE payment_id = $1',
    [record.payment.id],
  );
  expect(event?.snapshot).toMatchObject({ refundPendingMinor: '25', eventSequence: 1 });
  for (const secret of ['sealedClientSecret', 'plan', 'request', 'version'])
    expect(event?.snapshot).not.toHaveProperty(secret);
});
