import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, House } from '../../../../test/house-server.ts';
import { connectionRoutes } from './routes.ts';

const minimal = {
  provider: 'paystack',
  credentials: { secret_key: 'sk_test_0123456789abcdef0123456789abcdef01234567' },
};

let house: House;
let merchant: Client;
let other: Client;
beforeAll(async () => {
  house = await House.open({ nouns: [connectionRoutes] });
  merchant = await house.merchant();
  other = await house.merchant();
  await other.post('/connections', { ...minimal, id: 'theirs' });
  // Only what a connection is still needed for is looked at here: attempts stand alone, without a payment.
  const text = 'ALTER TABLE attempts DROP CONSTRAINT attempts_environment_id_payment_id_fkey';
  await house.db.run({ name: 'test_alone', text }, []);
});
beforeEach(() => merchant.post('/connections', { ...minimal, id: 'mine' }));
afterAll(() => house.close());

describe.each(['none_such', 'theirs'])('connection %s is not found', (id) => {
  it.each([
    ['GET', `/connections/${id}`, undefined],
    ['GET', `/connections/${id}/audit`, undefined],
    ['PATCH', `/connections/${id}/status`, { status: 'active' }],
    ['PATCH', `/connections/${id}/labels`, { labels: [] }],
    ['POST', `/connections/${id}/validate`, {}],
    ['DELETE', `/connections/${id}`, undefined],
  ] as const)('by %s %s', async (method, path, body) => {
    const reply = await merchant.send(method, path, body);
    expect([reply.status, reply.body.code]).toEqual([404, 'connection_not_found']);
  });
});

describe('delete', () => {
  it('answers 204 without a body, once; the audit remembers', async () => {
    const { status, text } = await merchant.delete('/connections/mine');
    expect([status, text]).toEqual([204, '']);
    expect((await merchant.delete('/connections/mine')).status).toBe(404);
    const { body } = await merchant.get('/connections/mine/audit');
    expect(body[0].action).toBe('deleted');
  });

  it('repeated under its key answers 204 again', async () => {
    const headers = { 'idempotency-key': 'delete-1' };
    await merchant.delete('/connections/mine', headers);
    const { status, headers: answered } = await merchant.delete('/connections/mine', headers);
    expect([status, answered['idempotent-replayed']]).toEqual([204, 'true']);
  });

  it.each(['sent', 'unknown', 'requires_action', 'authorized'])(
    'is refused while an attempt is %s',
    async (attemptStatus) => {
      await attempt('mine', attemptStatus);
      const { status, body } = await merchant.delete('/connections/mine');
      expect([status, body.code, body.error]).toEqual([409, 'connection_in_use', 'conflict']);
      expect((await merchant.get('/connections/mine')).status).toBe(200);
      await forgetAttempts();
    },
  );

  it('is done when every attempt is final', async () => {
    await attempt('mine', 'succeeded');
    expect((await merchant.delete('/connections/mine')).status).toBe(204);
    await forgetAttempts();
  });
});

async function attempt(connectionId: string, status: string): Promise<void> {
  await house.db.run(
    {
      name: 'test_attempt',
      text: `
INSERT INTO attempts SELECT (jsonb_populate_record(null::attempts, jsonb_build_object(
  'environment_id', $1::text, 'id', 'att_1', 'payment_id', 'pay_1', 'number', 1, 'connection_id', $2::text,
  'provider', 'paystack', 'operation', 'charge', 'status', $3::text, 'amount_minor', 1, 'currency', 'GHS',
  'authorized_minor', 0, 'captured_minor', 0, 'psp_state', '{}'::jsonb, 'prompted', false, 'error', '',
  'latency_ms', 0, 'input', '{}'::jsonb, 'sync_count', 0, 'not_found_count', 0, 'type', 'pay_in',
  'reference', '1', 'ledger_status', 'PENDING', 'ledger_minor', 1, 'created_at', now(),
  'updated_at', now()) || $4::jsonb)).*`,
    },
    [merchant.environmentId, connectionId, status, '{}'],
  );
}

async function forgetAttempts(): Promise<void> {
  await house.db.run({ name: 'test_forget', text: 'DELETE FROM attempts' }, []);
}

describe('an Idempotency-Key', () => {
  const key = (name: string) => ({ 'idempotency-key': name });

  it('of two equal requests answers the same, byte for byte, and has one effect', async () => {
    const client = await house.merchant();
    const first = await client.post('/connections', minimal, key('a'));
    const reordered = { credentials: minimal.credentials, provider: 'paystack' };
    const second = await client.post('/connections', reordered, key('"a"'));
    expect(second.text).toBe(first.text);
    expect(second.status).toBe(201);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect((await client.get('/connections')).body.pagination.total).toBe(1);
  });

  it('of ten equal requests at once has one effect', async () => {
    const client = await house.merchant();
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => client.post('/connections', minimal, key('b'))),
    );
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect(
      replies.filter(({ headers }) => headers['idempotent-replayed'] === undefined),
    ).toHaveLength(1);
    expect((await client.get('/connections')).body.pagination.total).toBe(1);
  });

  it('with another body is a conflict', async () => {
    const client = await house.merchant();
    await client.post('/connections', minimal, key('c'));
    const { status, body } = await client.post(
      '/connections',
      { ...minimal, labels: ['x'] },
      key('c'),
    );
    expect([status, body.code]).toEqual([409, 'idempotency_conflict']);
    expect((await client.get('/connections')).body.pagination.total).toBe(1);
  });

  it('on another path, of another organization, and after a day is another one', async () => {
    const first = await merchant.post('/connections', minimal, key('d'));
    const elsewhere = await merchant.patch('/connections/mine/labels', { labels: ['d'] }, key('d'));
    expect(elsewhere.status).toBe(200);
    const theirs = await other.post('/connections', minimal, key('d'));
    expect(theirs.body.id).not.toBe(first.body.id);
    house.passMs(24 * 60 * 60_000 + 1_000);
    const nextDay = await merchant.post('/connections', { ...minimal, labels: ['new'] }, key('d'));
    expect([nextDay.status, nextDay.body.labels]).toEqual([201, ['new']]);
  });

  it('keeps a definite refusal, and is free again after one that a repeat may change', async () => {
    const sent = { status: 'active' };
    const refused = await merchant.patch('/connections/later/status', sent, key('e'));
    expect(refused.status).toBe(404);
    await merchant.post('/connections', { ...minimal, id: 'later' });
    const again = await merchant.patch('/connections/later/status', sent, key('e'));
    expect([again.status, again.headers['idempotent-replayed']]).toEqual([404, 'true']);
    expect(again.text).toBe(refused.text);

    await attempt('mine', 'sent');
    expect((await merchant.delete('/connections/mine', key('f'))).status).toBe(409);
    await forgetAttempts();
    expect((await merchant.delete('/connections/mine', key('f'))).status).toBe(204);
  });

  it('whose request is still being answered is told so', async () => {
    const text = `INSERT INTO idempotency_keys (environment_id, route, key, fingerprint, created_at)
      SELECT environment_id, route, 'g2', fingerprint, $2 FROM idempotency_keys WHERE environment_id = $1 AND key = 'g1'`;
    await merchant.post('/connections/mine/validate', {}, key('g1'));
    const now = new Date(house.context.ports.clock.nowMs()).toISOString();
    await house.db.run({ name: 'test_in_progress', text }, [merchant.environmentId, now]);
    const { status, body, headers } = await merchant.post(
      '/connections/mine/validate',
      {},
      key('g2'),
    );
    expect([status, body.code, headers['retry-after']]).toEqual([
      409,
      'idempotency_in_progress',
      '1',
    ]);
    house.passMs(61_000); // the process that claimed it is gone
    const later = await merchant.post('/connections/mine/validate', {}, key('g2'));
    expect(later.status).toBe(200);
  });
});
