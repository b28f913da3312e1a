import { globSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../test/database.ts';
import { systemPorts, systemRandom } from '../../kernel/ports.ts';
import { type Db, openDb } from '../../store/db.ts';
import { beginPayment } from '../../store/payments.ts';
import { open, openFields, seal } from '../../vault/envelope.ts';
import { type KeyRing, openKeyRing } from '../../vault/key-ring.ts';
import { attemptRow, paymentRow, sealFor } from '../charge/new-payment.ts';
import { credentialsPlace } from '../configuration.ts';
import type { Context, Environment } from '../context.ts';
import { answerPlace } from '../idempotency.ts';
import { clientTokenPlace } from '../payment/client-secret.ts';
import { findLeftovers, rotateKeys } from './rotate-keys.ts';

const newKey = () => systemRandom.bytes(32).toString('base64');
const oldKey = newKey();
const freshKey = newKey();
const oldRing = openKeyRing(oldKey);
const freshRing = openKeyRing(freshKey);
const bothKeys = () => openKeyRing(`${freshKey},${oldKey}`);

const environment = { id: 'env_1', organizationId: 'org_1', mode: 'sandbox' } as Environment;
const PAYMENTS = 450; // more than two batches
const KEYS = ['k-1', 'a key with spaces', '"quoted"', 'ключ'];

let database: TestDatabase;
let db: Db;
let client: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  client = new pg.Client(database.connectionString);
  await client.connect();
  const connection = { connectionString: database.connectionString };
  db = openDb({ connection, maxConnections: 4 });
  await client.query(`
    INSERT INTO organizations VALUES ('org_1', 'Acme', 'brn_1', null, now());
    INSERT INTO environments VALUES ('env_1', 'org_1', 'sandbox', 1, now())`);
});

afterAll(async () => {
  await db.close();
  await client.end();
  await database.close();
});

beforeEach(async () => {
  await client.query('TRUNCATE connections, payments, idempotency_keys CASCADE');
  const context = { ports: systemPorts, keyRing: oldRing, publicUrl: 'http://x' } as Context;
  for (const id of ['con_1', 'con_2']) {
    const place = credentialsPlace('env_1', id);
    const sealed = seal(oldRing, place, { secret_key: `sk of ${id}` }, systemRandom);
    await client.query(
      `INSERT INTO connections (environment_id, id, provider, status, capabilities, routing_hints, labels,
         fee_structure, sealed_credentials, credentials_version, webhook_token, created_at, updated_at)
       VALUES ('env_1', $1, 'paystack', 'active', '{}', '{}', '{}', '{}', $2, 1, $1, now(), now())`,
      [id, sealed],
    );
  }
  for (const key of KEYS) {
    const route = 'POST /v1/payments/intents';
    const body = seal(oldRing, answerPlace('env_1', `${route} ${key}`), 'an answer', systemRandom);
    for (const [name, text] of [
      [route, body],
      ['POST /v1/labels', '{"plain":true}'],
      ['POST /v1/under-way', null],
    ])
      await client.query(
        `INSERT INTO idempotency_keys (environment_id, route, key, fingerprint, response_body, created_at)
         VALUES ('env_1', $1, $2, '', $3, now())`,
        [name, key, text],
      );
  }
  await Promise.all(Array.from({ length: PAYMENTS }, (_, index) => addPayment(context, index)));
});

async function addPayment(context: Context, index: number): Promise<void> {
  const payment = paymentRow(context, environment, `pay_${index}`, asked, null);
  const chosen = { connectionId: 'con_1', provider: 'paystack' };
  const attempt = attemptRow(context, environment, payment, chosen, 1);
  const token = sealFor(context, 'env_1', attempt.id, `token of ${attempt.id}`);
  const sealedToken = index % 3 === 0 ? token : null;
  const attempts = [{ ...attempt, sealedToken }];
  await beginPayment(db, { payment, attempts, operations: [] }, { attempts });
}

const asked = {
  amountMinor: 100n,
  currency: 'GHS',
  method: null,
  country: null,
  customer: { id: null, email: null, name: null, phone: null },
  reference: null,
  description: null,
  metadata: {},
  captureMethod: 'automatic',
  request: {
    instrument: null,
    presentation: 'page',
    returnUrl: null,
    cancelUrl: null,
    saveInstrument: false,
    allowedProviders: [],
    prefer: [],
    forcedConnectionId: null,
  },
  source: 'api',
} as const;

/** Opens every secret with the ring; throws when one does not open. Answers how many there are. */
async function openAll(ring: KeyRing): Promise<number> {
  const connections = await client.query(
    'SELECT id, sealed_credentials AS sealed FROM connections',
  );
  for (const { id, sealed } of connections.rows)
    expect(openFields(ring, credentialsPlace('env_1', id), sealed)).toEqual({
      secret_key: `sk of ${id}`,
    });
  const tokens = await client.query('SELECT id, sealed_token AS sealed FROM attempts');
  const sealed = tokens.rows.filter((row) => row.sealed !== null);
  for (const row of sealed)
    expect(open(ring, clientTokenPlace('env_1', row.id), row.sealed)).toBe(`token of ${row.id}`);
  const payments = await client.query('SELECT id, sealed_client_secret AS sealed FROM payments');
  for (const row of payments.rows) open(ring, clientTokenPlace('env_1', row.id), row.sealed);
  const answers = await client.query(
    `SELECT route || ' ' || key AS subject, response_body AS sealed FROM idempotency_keys
     WHERE response_body LIKE 'v1.%'`,
  );
  for (const row of answers.rows)
    expect(open(ring, answerPlace('env_1', row.subject), row.sealed)).toBe('an answer');
  const plain = `SELECT count(*)::int AS count FROM idempotency_keys WHERE response_body = '{"plain":true}'`;
  expect((await client.query(plain)).rows[0].count).toBe(KEYS.length);
  return [connections, { rows: sealed }, payments, answers].reduce(
    (n, { rows }) => n + rows.length,
    0,
  );
}

/** Dies at its n-th statement, before or after Postgres has done it. */
function dying(n: number, after: boolean): Db {
  let left = n;
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    left -= 1;
    if (left === 0 && !after) throw new Error('killed');
    const result = await work();
    if (left === 0) throw new Error('killed');
    return result;
  };
  return {
    ...db,
    run: (statement, values) => guard(() => db.run(statement, values)),
    transaction: (work) => guard(() => db.transaction(work)),
  };
}

const SECRETS = PAYMENTS + PAYMENTS / 3 + 2 + KEYS.length;

describe('rotating the master key', () => {
  it('gives every secret the new key, and a second run has nothing to do', async () => {
    const keyRing = bothKeys();
    const told: number[] = [];
    const parts = { db, keyRing, random: systemRandom };
    expect(await rotateKeys(parts, (count) => told.push(count))).toEqual({
      rewrapped: SECRETS,
      unreadable: [],
    });
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.length).toBeGreaterThan(3);
    expect(await findLeftovers(db, keyRing)).toEqual([]);
    expect(await openAll(freshRing)).toBe(SECRETS);
    expect((await rotateKeys(parts)).rewrapped).toBe(0);
  });

  it.each([
    ['before', false],
    ['after', true],
  ])(
    'is continued after it was killed %s any statement, every secret readable',
    async (_, after) => {
      for (let n = 1; ; n += 1) {
        const parts = { db: dying(n, after), keyRing: bothKeys(), random: systemRandom };
        const ended = await rotateKeys(parts).catch((error: Error) => error.message);
        expect(await openAll(bothKeys())).toBe(SECRETS);
        if (ended !== 'killed') break;
      }
      expect(await openAll(freshRing)).toBe(SECRETS);
    },
  );

  it('catches what a running server seals with the old key meanwhile', async () => {
    const before = await client.query(
      'SELECT id, sealed_token FROM attempts WHERE sealed_token IS NOT NULL LIMIT 1',
    );
    const { id, sealed_token } = before.rows[0];
    const parts = { db, keyRing: bothKeys(), random: systemRandom };
    let stale: Promise<unknown> | null = null;
    await rotateKeys(parts, (count) => {
      if (count < SECRETS) return;
      // A settlement that had loaded the attempt before writes its row back.
      const text = 'UPDATE attempts SET sealed_token = $2 WHERE id = $1';
      stale ??= client.query(text, [id, sealed_token]);
    });
    await stale;
    await rotateKeys(parts);
    expect(await openAll(freshRing)).toBe(SECRETS);
  });

  it('changes nothing when a secret needs a key that is not there', async () => {
    const parts = { db, keyRing: freshRing, random: systemRandom };
    await expect(rotateKeys(parts)).rejects.toThrow(`need master key ${oldRing.active.id}`);
    expect(await openAll(oldRing)).toBe(SECRETS);
  });

  it('names secrets that were changed, and rotates the others', async () => {
    await client.query(
      `UPDATE connections SET sealed_credentials = (SELECT sealed_credentials FROM connections WHERE id = 'con_1')
       WHERE id = 'con_2'`,
    );
    await client.query(`UPDATE payments SET sealed_client_secret = 'junk' WHERE id = 'pay_7'`);
    const keyRing = bothKeys();
    const result = await rotateKeys({ db, keyRing, random: systemRandom });
    expect(result.rewrapped).toBe(SECRETS - 2);
    expect(result.unreadable).toEqual([
      { column: 'connection_credentials', subject: 'con_2' },
      { column: 'payment_secrets', subject: 'pay_7' },
    ]);
    expect(await findLeftovers(db, keyRing)).toEqual([
      { column: 'connection_credentials', keyId: oldRing.active.id, count: 1 },
      { column: 'payment_secrets', keyId: '', count: 1 },
    ]);
  });
});

describe('what is sealed', () => {
  it('is known to the rotation: a new place has to be added to store/sealed.ts', () => {
    const root = new URL('../../', import.meta.url).pathname;
    const sealing = globSync('**/*.ts', { cwd: root })
      .filter((file) => !file.startsWith('vault/') && !file.endsWith('.test.ts'))
      .filter((file) => /\bseal\(/.test(readFileSync(`${root}/${file}`, 'utf8')));
    expect(sealing.sort()).toEqual([
      'connectors/script/hosted-run.ts', // puts placeholders into journals, which are no ciphertext
      'connectors/script/secrets.ts',
      'flows/bank-account/create.ts', // bank_accounts
      'flows/beneficiary/save.ts', // beneficiaries
      'flows/charge/new-payment.ts', // payment_secrets
      'flows/connection/save.ts', // connection_credentials
      'flows/endpoint/secrets.ts', // endpoint_secrets
      'flows/idempotency.ts', // idempotent_answers
      'flows/oauth/signing-keys.ts', // signing_keys
      'flows/payment/client-secret.ts', // attempt_tokens
      'flows/payout/new-payout.ts', // payout_beneficiaries
      'flows/psp-token.ts', // psp_tokens
      'flows/sealed-cursor.ts', // in the client's hands: a cursor dies with its key
      'flows/transaction/callback-urls.ts', // callback_keys
    ]);
  });
});
