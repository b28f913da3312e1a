// A connection is deleted at the very moment when a payment begins there: whoever deletes does not see it, and its outcome
// is asked for all the same. Mutation: leave the CTE `g` out of connections_delete (store/connections.ts).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgetGoneConnections } from '../../src/store/gone-connections.ts';
import { openStage, type Stage } from '../stage.ts';

let stage: Stage;
beforeAll(async () => {
  // Webhooks are lost: what is known was asked for.
  stage = await openStage({ deliver: async () => 200 });
});
afterAll(() => stage?.close());

const sql = (text: string, values: readonly unknown[] = []) =>
  stage.context.db.run<{ count: number }>({ name: '', text }, values);
const kept = async () =>
  (await sql('SELECT count(*)::int AS count FROM gone_connections'))[0]!.count;

/** A payment whose customer is to pay, at a connection that was deleted before it was seen there. */
async function overtaken() {
  const merchant = await stage.merchant();
  const connection = await merchant.connect('paystack');
  const pay = { amount: 5_000, currency: 'GHS', country: 'GH', method: 'card' };
  const { body: payment } = await merchant.send('POST', '/payments/intents', pay);
  expect(payment.status).toBe('requires_action');
  // As the delete saw it, whose snapshot was older.
  const hidden = `UPDATE attempts SET status = $2 WHERE payment_id = $1`;
  await sql(hidden, [payment.id, 'declined']);
  const { status } = await merchant.send('DELETE', `/connections/${connection}`);
  expect(status).toBeLessThan(300);
  await sql(hidden, [payment.id, 'requires_action']);
  return { merchant, payment };
}

describe('a payment that began as its connection was deleted', () => {
  it('is asked about with the credentials that it was sent with', async () => {
    const { merchant, payment } = await overtaken();
    await fetch(payment.next_action.url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'outcome=success',
    });
    await stage.later(60 * 60_000);
    const { body } = await merchant.send('GET', `/payments/${payment.id}`);
    expect(body.status).toBe('succeeded');
  });

  it('keeps them until nothing is open there, and nobody charges with them again', async () => {
    const { merchant, payment } = await overtaken();
    const other = await merchant.send('POST', '/payments/intents', {
      amount: 100,
      currency: 'GHS',
    });
    expect(other.status).toBe(422);
    const later = stage.clock.nowMs() + 60_000;
    const before = await kept();
    await forgetGoneConnections(stage.context.db, later);
    expect(await kept()).toBe(before - 1); // that of the test before
    await sql(`UPDATE attempts SET status = 'declined' WHERE payment_id = $1`, [payment.id]);
    await forgetGoneConnections(stage.context.db, later);
    expect(await kept()).toBe(0);
  });
});
