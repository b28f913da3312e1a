import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/database.ts';
import { anAttempt, anOperation, aRecord, T0 } from '../../test/records.ts';
import { type Db, openDb } from './db.ts';
import {
  claimInboundWebhooks,
  deleteInboundWebhook,
  findInboundWebhook,
  finishInboundWebhook,
  type InboundResult,
  type InboundWebhook,
  insertInboundWebhook,
  listInboundWebhooks,
  replayInboundWebhook,
} from './inbound-webhooks.ts';
import { beginPayment, commitPayment } from './payments.ts';
import { findAddressed, findOwners } from './webhook-owners.ts';

let database: TestDatabase;
let db: Db;

beforeAll(async () => {
  database = await testDatabase();
  db = openDb({
    connection: { connectionString: database.connectionString },
    maxConnections: 6,
  });
  await query(`INSERT INTO organizations VALUES ('org_1', 'Acme', 'brn_1', NULL, now())`);
  await query(`INSERT INTO environments (id, organization_id, mode, created_at)
    VALUES ('env_1', 'org_1', 'sandbox', now()), ('env_2', 'org_1', 'live', now())`);
});
beforeEach(() => query('TRUNCATE inbound_webhooks, payments, attempts, operations CASCADE'));
afterAll(async () => {
  await db?.close();
  await database?.close();
});

function query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
  return db.run<Row>({ name: '', text }, values);
}

function webhook(fields: Partial<InboundWebhook> = {}): InboundWebhook {
  return {
    environmentId: 'env_1',
    id: 'inw_1',
    provider: 'stripe',
    connectionId: 'con_1',
    dedupeKey: 'id:evt_1',
    eventType: 'payment_intent.succeeded',
    eventId: 'evt_1',
    status: 'received',
    authenticity: 'verified',
    rawBody: Buffer.from([0, 255, 123, 10]),
    headers: { 'stripe-signature': 't=1,v1=ab', odd: '\u0000\ud800' },
    query: { a: '"' },
    paymentId: null,
    error: '',
    tries: 0,
    nextTryAt: T0,
    deliveries: 1,
    createdAt: T0,
    updatedAt: T0,
    ...fields,
  };
}

const lease = { nowMs: T0, leaseMs: 60_000, limit: 10 };

const result = (fields: Partial<InboundResult> = {}): InboundResult => ({
  environmentId: 'env_1',
  connectionId: 'con_1',
  status: 'applied',
  authenticity: 'verified',
  paymentId: 'pay_1',
  error: '',
  nextTryAt: null,
  ...fields,
});

describe('an event', () => {
  it('is kept as it came', async () => {
    const row = webhook();
    expect(await insertInboundWebhook(db, row)).toBe(true);
    expect(await findInboundWebhook(db, 'env_1', 'inw_1')).toEqual({
      ...row,
      headers: { ...row.headers, odd: '\ufffd\ufffd' },
    });
    expect(await findInboundWebhook(db, 'env_2', 'inw_1')).toBeNull();
  });

  it('delivered again and again, at once, is one row that counts', async () => {
    const rows = Array.from({ length: 5 }, (_, index) => webhook({ id: `inw_${index}` }));
    const stored = await Promise.all(rows.map((row) => insertInboundWebhook(db, row)));
    expect(stored.filter(Boolean)).toHaveLength(1);
    const found = await claimInboundWebhooks(db, lease);
    expect(found).toMatchObject([{ deliveries: 5, tries: 1 }]);
  });

  it('of another connection or environment is another event', async () => {
    expect(await insertInboundWebhook(db, webhook())).toBe(true);
    expect(await insertInboundWebhook(db, webhook({ id: 'inw_2', connectionId: 'con_2' }))).toBe(
      true,
    );
    expect(await insertInboundWebhook(db, webhook({ id: 'inw_3', environmentId: 'env_2' }))).toBe(
      true,
    );
  });

  it('that was forged does not take the place of the true one, nor the other way round', async () => {
    const forged = webhook({
      id: 'inw_f',
      dedupeKey: 'forged:digest',
      status: 'forged',
      authenticity: 'forged',
      nextTryAt: null,
    });
    expect(await insertInboundWebhook(db, forged)).toBe(true);
    expect(await insertInboundWebhook(db, webhook())).toBe(true);
    expect(await insertInboundWebhook(db, { ...forged, id: 'inw_f2' })).toBe(false);
    const found = await claimInboundWebhooks(db, lease);
    expect(found.map((one) => one.id)).toEqual(['inw_1']);
  });

  it('that was given up is tried again when the PSP sends it again', async () => {
    await insertInboundWebhook(db, webhook());
    const [claimed] = await claimInboundWebhooks(db, lease);
    await finishInboundWebhook(
      db,
      claimed!,
      result({ status: 'failed', error: 'internal error' }),
      T0,
    );
    expect(await claimInboundWebhooks(db, { ...lease, nowMs: T0 + 90_000 })).toEqual([]);
    await insertInboundWebhook(db, webhook({ id: 'inw_2', nextTryAt: T0 + 90_000 }));
    const again = await claimInboundWebhooks(db, { ...lease, nowMs: T0 + 90_000 });
    expect(again).toMatchObject([{ id: 'inw_1', status: 'received', tries: 1, deliveries: 2 }]);
  });

  it('that was applied is not applied again when the PSP sends it again', async () => {
    await insertInboundWebhook(db, webhook());
    const [claimed] = await claimInboundWebhooks(db, lease);
    await finishInboundWebhook(db, claimed!, result(), T0);
    await insertInboundWebhook(db, webhook({ id: 'inw_2' }));
    expect(await claimInboundWebhooks(db, { ...lease, nowMs: T0 + 90_000 })).toEqual([]);
  });
});

describe('the worker', () => {
  it('is handed each once, and again after its lease', async () => {
    for (let number = 0; number < 20; number += 1) {
      await insertInboundWebhook(db, webhook({ id: `inw_${number}`, dedupeKey: `id:${number}` }));
    }
    const rounds = Array.from({ length: 6 }, () =>
      claimInboundWebhooks(db, { ...lease, limit: 4 }),
    );
    const ids = (await Promise.all(rounds)).flat().map((one) => one.id);
    const rest = await claimInboundWebhooks(db, { ...lease, limit: 100 });
    expect(new Set([...ids, ...rest.map((one) => one.id)]).size).toBe(20);
    expect(ids.length + rest.length).toBe(20);
    const late = { ...lease, nowMs: T0 + 60_000, limit: 100 };
    expect(await claimInboundWebhooks(db, late)).toHaveLength(20);
  });

  it('learns whose it is, and keeps what came of it', async () => {
    const nobody = webhook({ environmentId: '', connectionId: '', authenticity: 'unsigned' });
    await insertInboundWebhook(db, nobody);
    const [claimed] = await claimInboundWebhooks(db, lease);
    await finishInboundWebhook(db, claimed!, result(), T0 + 5);
    expect(await findInboundWebhook(db, 'env_1', 'inw_1')).toMatchObject({
      connectionId: 'con_1',
      authenticity: 'verified',
      status: 'applied',
      paymentId: 'pay_1',
      nextTryAt: null,
      updatedAt: T0 + 5,
    });
    expect(await findInboundWebhook(db, '', 'inw_1')).toBeNull();
  });

  it('finds that its owner got the same event meanwhile: one row stays, and both are counted', async () => {
    const dedupeKey = 'unsigned:digest';
    await insertInboundWebhook(db, webhook({ environmentId: '', connectionId: '', dedupeKey }));
    const [claimed] = await claimInboundWebhooks(db, lease);
    await insertInboundWebhook(db, webhook({ id: 'inw_2', dedupeKey }));
    await finishInboundWebhook(db, claimed!, result(), T0 + 5);
    const rows = await query(`SELECT environment_id, id, status, deliveries FROM inbound_webhooks`);
    expect(rows).toEqual([
      { environment_id: 'env_1', id: 'inw_2', status: 'received', deliveries: 2 },
    ]);
  });

  it('forgets what is nobody’s', async () => {
    const row = webhook({ environmentId: '', connectionId: '' });
    await insertInboundWebhook(db, row);
    await deleteInboundWebhook(db, row);
    expect(await claimInboundWebhooks(db, lease)).toEqual([]);
  });

  it('is told to try again by an operator, but never a forgery', async () => {
    await insertInboundWebhook(db, webhook({ nextTryAt: null, status: 'applied' }));
    const forged = {
      id: 'inw_f',
      dedupeKey: 'forged:x',
      status: 'forged',
      nextTryAt: null,
    } as const;
    await insertInboundWebhook(db, webhook(forged));
    expect(await replayInboundWebhook(db, 'env_1', 'inw_1', T0)).toMatchObject({ id: 'inw_1' });
    expect(await replayInboundWebhook(db, 'env_1', 'inw_f', T0)).toBeNull();
    expect(await replayInboundWebhook(db, 'env_2', 'inw_1', T0)).toBeNull();
    expect(await claimInboundWebhooks(db, lease)).toHaveLength(1);
  });
});

describe('the list', () => {
  it('shows an environment its own, latest first, by type and status', async () => {
    const rows = [
      webhook(),
      webhook({ id: 'inw_2', dedupeKey: '2', eventType: 'refund.updated' }),
      webhook({ id: 'inw_3', dedupeKey: '3', status: 'applied' }),
      webhook({ id: 'inw_4', dedupeKey: '4', environmentId: 'env_2' }),
    ];
    for (const row of rows) await insertInboundWebhook(db, row);
    const list = async (filter: {
      type?: string;
      statuses?: InboundWebhook['status'][];
      limit?: number;
      offset?: number;
    }) => {
      const all = { type: null, statuses: null, limit: 10, offset: 0, ...filter };
      return (await listInboundWebhooks(db, 'env_1', all)).map((one) => one.id);
    };
    expect(await list({})).toEqual(['inw_3', 'inw_2', 'inw_1']);
    expect(await list({ type: 'refund.updated' })).toEqual(['inw_2']);
    expect(await list({ statuses: ['applied', 'failed'] })).toEqual(['inw_3']);
    expect(await list({ limit: 1, offset: 1 })).toEqual(['inw_2']);
  });
});

describe('whose a webhook is', () => {
  const nothing = {
    reference: null,
    pspReference: null,
    refundReference: null,
    refundPspReference: null,
    paymentId: null,
    environmentId: null,
  };

  async function store(environmentId: string, id: string, pspReference: string): Promise<void> {
    const attempts = [1, 2].map((number) =>
      anAttempt({
        environmentId,
        id: `att_${id}${number}`,
        paymentId: `pay_${id}`,
        number,
        connectionId: `con_${environmentId}`,
        pspReference: `${pspReference}`,
      }),
    );
    const record = aRecord({ environmentId, id: `pay_${id}` }, attempts);
    await beginPayment(db, record, { attempts });
    const operation = anOperation({
      environmentId,
      id: `ref_${id}`,
      paymentId: `pay_${id}`,
      attemptId: `att_${id}1`,
      connectionId: `con_${environmentId}`,
      pspReference: `re_${id}`,
    });
    await commitPayment(db, { ...record, operations: [operation] }, { operations: [operation] });
  }

  beforeEach(async () => {
    await store('env_1', 'a', 'pi_shared');
    await store('env_2', 'b', 'pi_shared');
  });

  it.each([
    ['our reference of the attempt', { reference: 'a1' }, ['att_a1']],
    ['our reference of the refund', { refundReference: 'a' }, ['ref_a']],
    ['the PSP’s id of the refund', { refundPspReference: 're_b' }, ['ref_b']],
    [
      'the PSP’s id of the attempt, the latest first',
      { pspReference: 'pi_shared', environmentId: 'env_1' },
      ['att_a2', 'att_a1'],
    ],
    [
      'the payment, within its environment',
      { paymentId: 'pay_a', environmentId: 'env_1' },
      ['att_a2', 'att_a1'],
    ],
    ['a payment of another environment', { paymentId: 'pay_a', environmentId: 'env_2' }, []],
    ['our reference, but in another environment', { reference: 'a1', environmentId: 'env_2' }, []],
    ['a payment before its environment is known', { paymentId: 'pay_a' }, []],
    [
      'nothing of ours',
      { reference: 'zz', pspReference: 're_a', refundPspReference: 'pi_shared' },
      [],
    ],
    ['nothing', {}, []],
  ] as const)('by %s', async (_, target, expected) => {
    const owners = await findOwners(db, 'stripe', { ...nothing, ...target });
    expect(owners.map((one) => one.operationId ?? one.attemptId)).toEqual(expected);
    // The payment's id alone may stand on an object that others made.
    expect(owners.some((one) => one.isGuess)).toBe(owners.length > 0 && 'paymentId' in target);
  });

  it('by everything it names, the surest first', async () => {
    const target = { reference: 'a1', pspReference: 'pi_shared', refundPspReference: 're_a' };
    const owners = await findOwners(db, 'stripe', { ...nothing, ...target });
    expect(owners.slice(0, 2)).toEqual([
      {
        environmentId: 'env_1',
        connectionId: 'con_env_1',
        paymentId: 'pay_a',
        attemptId: 'att_a1',
        operationId: null,
        isGuess: false,
      },
      {
        environmentId: 'env_1',
        connectionId: 'con_env_1',
        paymentId: 'pay_a',
        attemptId: 'att_a1',
        operationId: 'ref_a',
        isGuess: false,
      },
    ]);
    expect(new Set(owners.slice(2).map((one) => one.attemptId))).toEqual(
      new Set(['att_a1', 'att_a2', 'att_b1', 'att_b2']),
    );
  });

  it('by its payment, never by an attempt that was not sent yet', async () => {
    await query(`UPDATE attempts SET status = 'ready' WHERE id = 'att_a2'`);
    const target = { paymentId: 'pay_a', environmentId: 'env_1' };
    const owners = await findOwners(db, 'stripe', { ...nothing, ...target });
    expect(owners.map((one) => one.attemptId)).toEqual(['att_a1']);
  });

  it('never by the objects of another provider', async () => {
    expect(await findOwners(db, 'paystack', { ...nothing, reference: 'a1' })).toEqual([]);
  });

  it('by the connection in its address: its id, which tenants may share, or its token', async () => {
    const insert = `INSERT INTO connections (environment_id, id, provider, status, capabilities, routing_hints, labels,
      fee_structure, sealed_credentials, credentials_version, webhook_token, created_at, updated_at)
      VALUES ($1, 'con_main', 'stripe', 'active', '{}', '{}', '{}', '{}', '', 1, $2, now(), now())`;
    await query(insert, ['env_1', 'token_1']);
    await query(insert, ['env_2', 'token_2']);
    const environments = async (address: string, provider = 'stripe') =>
      (await findAddressed(db, provider, address)).map((one) => one.environmentId).sort();
    expect(await environments('con_main')).toEqual(['env_1', 'env_2']);
    expect(await environments('token_2')).toEqual(['env_2']);
    expect(await environments('con_main', 'paystack')).toEqual([]);
  });
});
