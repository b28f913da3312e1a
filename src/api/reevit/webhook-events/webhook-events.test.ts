// Mutations: keep every header in receive.ts; show every header in routes.ts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Merchant, openStage, type Stage } from '../../../../test/stage.ts';

const HASH = 'the-secret-of-the-shop';

let stage: Stage;
let merchant: Merchant;
beforeAll(async () => {
  stage = await openStage();
  merchant = await stage.merchant();
  const secrets = { secret_key: 'FLWSECK_TEST-0a1b2c3d4e5f-X', secret_hash: HASH };
  const flutterwave = { id: 'flw', provider: 'flutterwave', credentials: secrets };
  expect((await merchant.send('POST', '/connections', flutterwave)).status).toBe(201);
});
afterAll(() => stage?.close());

const arrives = (path: string, payload: object, hash = HASH) =>
  stage.app.inject({
    method: 'POST',
    url: `/v1/webhooks/incoming/flutterwave${path}`,
    headers: { 'verif-hash': hash, cookie: 'a=b', 'x-forwarded-for': '192.0.2.1' },
    payload,
  });

describe('the secret that Flutterwave sends instead of a signature', () => {
  const charge = { event: 'charge.completed', data: { id: 7, tx_ref: 'f'.repeat(32) } };

  it('proves where a webhook comes from, and is neither kept nor shown', async () => {
    expect((await arrives('/flw', charge)).statusCode).toBe(200);
    const { body, text } = await merchant.send('GET', '/webhooks/events');
    expect(body[0]).toMatchObject({
      authenticity: 'verified',
      headers: { 'x-forwarded-for': '192.0.2.1' },
    });
    expect(text).not.toContain(HASH);
    expect(await headersKept()).toEqual([false]);
  });

  it('is kept while nobody knows whose webhook it is, and not shown then either', async () => {
    await arrives('', charge);
    expect(await headersKept()).toEqual([false, true]);
    const text = `UPDATE inbound_webhooks SET environment_id = $1, status = 'failed' WHERE environment_id = ''`;
    const { environment_id: own } = await one('SELECT environment_id FROM connections');
    await stage.context.db.run({ name: '', text }, [own]);
    const shown = await merchant.send('GET', '/webhooks/events');
    expect(shown.body).toHaveLength(2);
    expect(shown.text).not.toContain(HASH);
  });
});

describe('a forgery', () => {
  it('is listed as what it is shown as', async () => {
    const forged = { event: 'charge.completed', data: { id: 8, tx_ref: 'e'.repeat(32) } };
    expect((await arrives('/flw', forged, 'a guess')).statusCode).toBe(400);
    const statuses = async (query: string) =>
      (await merchant.send('GET', `/webhooks/events${query}`)).body.map(
        (one: Record<string, string>) => [one.authenticity, one.status],
      );
    expect(await statuses('?status=failed')).toContainEqual(['forged', 'failed']);
    expect(await statuses('?status=forged')).toEqual([['forged', 'failed']]);
    expect(await statuses('?status=received')).not.toContainEqual(['forged', 'failed']);
  });
});

const all = (text: string) => stage.context.db.run<Record<string, unknown>>({ name: '', text }, []);
const one = async (text: string) => (await all(text))[0]!;
const headersKept = async () =>
  (await all(`SELECT headers ? 'verif-hash' AS kept FROM inbound_webhooks ORDER BY id`)).map(
    ({ kept }) => kept,
  );
