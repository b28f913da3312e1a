// One answer per Idempotency-Key (psp/stripe.md section 5).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEY, openSandbox, type Sandbox } from './sandbox.ts';

let stripe: Sandbox;
beforeEach(() => {
  stripe = openSandbox();
});
afterEach(() => stripe.close());

const intents = '/v1/payment_intents';
const charge = {
  amount: '1099',
  currency: 'usd',
  confirm: 'true',
  payment_method: 'pm_card_visa',
  return_url: 'https://shop.example/r',
};
const keyed = (key: string, form: Record<string, string> = charge) => ({
  form,
  headers: { 'idempotency-key': key },
});
const charged = () => stripe.simulators.books('stripe', KEY).totals.USD?.counts.charged ?? 0;

describe('the idempotency store', () => {
  it('repeats an answer word for word, and charges once', async () => {
    const first = await stripe.call('POST', intents, keyed('ref1.create'));
    const again = await stripe.call('POST', intents, keyed('ref1.create'));
    expect(again.text).toBe(first.text);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.headers['original-request']).toBe(first.headers['request-id']);
    expect(charged()).toBe(1);
  });

  it('takes the same parameters in another order for the same request', async () => {
    await stripe.call('POST', intents, keyed('k'));
    const reversed = Object.fromEntries(Object.entries(charge).reverse());
    const again = await stripe.call('POST', intents, keyed('k', reversed));
    expect(again.headers['idempotent-replayed']).toBe('true');
  });

  it('repeats a decline, and keeps it apart from other accounts', async () => {
    const declined = { ...charge, payment_method: 'pm_card_chargeDeclined' };
    const first = await stripe.call('POST', intents, keyed('k', declined));
    const again = await stripe.call('POST', intents, keyed('k', declined));
    expect([first.status, again.status, again.text]).toEqual([402, 402, first.text]);
    const other = await stripe.call('POST', intents, { ...keyed('k'), key: 'sk_test_other' });
    expect(other.status).toBe(200);
  });

  it('refuses the key with other parameters or on another path', async () => {
    await stripe.call('POST', intents, keyed('k'));
    const amount = await stripe.call('POST', intents, keyed('k', { ...charge, amount: '1100' }));
    expect(amount.status).toBe(400);
    expect(amount.body.error).toMatchObject({
      type: 'idempotency_error',
      message: expect.stringContaining('same parameters'),
    });
    const path = await stripe.call('POST', '/v1/refunds', keyed('k'));
    expect(path.body.error).toMatchObject({
      type: 'idempotency_error',
      message: expect.stringContaining('same endpoint'),
    });
    expect(charged()).toBe(1);
  });

  it('does not keep validation failures', async () => {
    const bad = await stripe.call('POST', intents, keyed('k', { ...charge, amount: 'x' }));
    expect(bad.status).toBe(400);
    const good = await stripe.call('POST', intents, keyed('k'));
    expect(good.status).toBe(200);
  });

  it('refuses a key that is in use', async () => {
    stripe.simulators.addFault('stripe', { fault: 'latency', latencyMs: 5_000, times: 1 });
    const slow = stripe.call('POST', intents, keyed('k'));
    await new Promise(setImmediate);
    const meanwhile = await stripe.call('POST', intents, keyed('k'));
    expect(meanwhile.status).toBe(409);
    expect(meanwhile.body.error.code).toBe('idempotency_key_in_use');
    await stripe.pass(6_000);
    expect((await slow).status).toBe(200);
    const after = await stripe.call('POST', intents, keyed('k'));
    expect(after.headers['idempotent-replayed']).toBe('true');
    expect(charged()).toBe(1);
  });

  it('keeps a 500 that hid a charge, so that only reading tells', async () => {
    stripe.simulators.addFault('stripe', { fault: 'error_500_after', times: 1 });
    const lost = await stripe.call('POST', intents, keyed('k'));
    expect(lost.status).toBe(500);
    const again = await stripe.call('POST', intents, keyed('k'));
    expect([again.status, again.headers['idempotent-replayed']]).toEqual([500, 'true']);
    expect(again.body.error.type).toBe('api_error');
    const list = await stripe.call('GET', intents);
    expect(list.body.data.map(({ status }: { status: string }) => status)).toEqual(['succeeded']);
  });

  it('answers the repeat of a lost reply with the charge', async () => {
    stripe.simulators.addFault('stripe', { fault: 'html_502', times: 1 });
    const lost = await stripe.call('POST', intents, keyed('k'));
    expect(lost.status).toBe(502);
    const again = await stripe.call('POST', intents, keyed('k'));
    expect(again.body.status).toBe('succeeded');
    expect(charged()).toBe(1);
  });

  it('ignores the key on reads and refuses one that is too long', async () => {
    const { body } = await stripe.call('POST', intents, keyed('k'));
    const headers = { 'idempotency-key': 'k' };
    const read = await stripe.call('GET', `${intents}/${body.id}`, { headers });
    expect(read.headers['idempotent-replayed']).toBeUndefined();
    const long = await stripe.call('POST', intents, keyed('k'.repeat(256)));
    expect(long.body.error.type).toBe('idempotency_error');
  });

  it('forgets a key after a day', async () => {
    await stripe.call('POST', intents, keyed('k'));
    await stripe.pass(24 * 3_600_000);
    const again = await stripe.call('POST', intents, keyed('k'));
    expect(again.headers['idempotent-replayed']).toBeUndefined();
    expect(charged()).toBe(2);
  });

  it('survives a restart with the books', async () => {
    const booksDir = mkdtempSync(join(tmpdir(), 'stripe-books-'));
    try {
      const before = openSandbox({ booksDir });
      const first = await before.call('POST', intents, keyed('k'));
      const after = openSandbox({ booksDir }); // the first is not closed: as after kill -9
      const again = await after.call('POST', intents, keyed('k'));
      expect(again.text).toBe(first.text);
      const read = await after.call('GET', `${intents}/${first.body.id}`);
      expect(read.body).toEqual(first.body);
      await Promise.all([before.close(), after.close()]);
    } finally {
      rmSync(booksDir, { recursive: true });
    }
  });
});
