import { afterAll, beforeAll, expect, it } from 'vitest';
import { booksOf, payOf, type Shop } from '../../../test/history-shop.ts';
import { openStage, type Stage } from '../../../test/stage.ts';

interface Sent {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

let stage: Stage;
/** Webhooks that the test has not yet delivered. */
let post: Sent[] = [];
beforeAll(async () => {
  const deliver = async (url: string, headers: Sent['headers'], body: string) => {
    post.push({ url, headers, body });
    return 200;
  };
  stage = await openStage({ deliver });
});
afterAll(() => stage?.close());
const { open } = booksOf(() => stage);

const disputes = (sent: readonly Sent[]) =>
  sent.filter(({ body }) => /"type": "charge\.dispute\.(created|closed)"/.test(body));

async function deliver(sent: readonly Sent[]) {
  for (const { url, headers, body: payload } of sent) {
    const path = new URL(url).pathname;
    const reply = await stage.app.inject({ method: 'POST', url: path, headers, payload });
    expect(reply.statusCode).toBeLessThan(500);
    await stage.work();
  }
}

/** A payment whose dispute was opened and has ended, of which nobody here knows yet. */
async function contested(verdict: string) {
  const shop = await open('stripe');
  post = [];
  const { body } = await payOf(shop, { payment_method: { token: 'pm_card_createDispute' } });
  const [dispute] = (await shop.psp('GET', '/v1/disputes')).data;
  await shop.psp('POST', `/v1/disputes/${dispute.id}`, {
    'evidence[uncategorized_text]': verdict,
    submit: 'true',
  });
  await expect.poll(() => disputes(post).length).toBe(2);
  return { shop, id: body.id as string, told: disputes(post) };
}

const statusOf = async ({ merchant }: Shop, id: string) =>
  (await merchant.send('GET', `/payments/${id}`)).body.status;

it.each([
  ['winning_evidence', 'succeeded'],
  ['losing_evidence', 'disputed'],
])('webhooks tell a dispute from its beginning to its end: %s', async (verdict, status) => {
  const { shop, id, told } = await contested(verdict);
  await deliver(told.slice(0, 1));
  expect(await statusOf(shop, id)).toBe('disputed');
  await deliver(told.slice(1));
  expect(await statusOf(shop, id)).toBe(status);
});

it('a webhook that comes after the end opens nothing again', async () => {
  const { shop, id, told } = await contested('winning_evidence');
  await deliver(told.toReversed());
  await deliver(told);
  expect(await statusOf(shop, id)).toBe('succeeded');
});

it('all of them at once come to the same', async () => {
  const { shop, id, told } = await contested('winning_evidence');
  await Promise.all([...told, ...told].map((one) => deliver([one])));
  expect(await statusOf(shop, id)).toBe('succeeded');
  const text = `SELECT evidence->'dispute'->>'status' AS status FROM adjustments
WHERE payment_id = $1 AND evidence->'dispute'->>'id' IS NOT NULL`;
  const heard = await stage.context.db.run<{ status: string }>({ name: '', text }, [id]);
  expect(heard.filter(({ status }) => status === 'DISPUTE_WON')).toHaveLength(1);
});

it('a forged one changes nothing', async () => {
  const { shop, id, told } = await contested('losing_evidence');
  await deliver(told.map((one) => ({ ...one, body: `${one.body} ` })));
  expect(await statusOf(shop, id)).toBe('succeeded');
});

it('a webhook that comes before that of the payment waits for it', async () => {
  const shop = await open('stripe');
  post = [];
  const { body } = await shop.merchant.send('POST', '/payments/intents', {
    amount: 5_000,
    currency: 'ZAR',
    country: 'ZA',
    method: 'card',
    return_url: 'https://shop.example/back',
    metadata: { simulate: 'dispute' },
  });
  await fetch(body.next_action.url, {
    method: 'POST',
    body: new URLSearchParams({ outcome: 'success' }),
    redirect: 'manual',
  });
  await expect.poll(() => disputes(post).length).toBe(1);
  await deliver(disputes(post));
  expect(await statusOf(shop, body.id)).toBe('requires_action');
  await deliver(post.filter((one) => !disputes(post).includes(one)));
  await stage.later(10_000);
  expect(await statusOf(shop, body.id)).toBe('disputed');
});
