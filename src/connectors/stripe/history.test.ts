import { describe, expect, it } from 'vitest';
import type { Transmission } from '../transport.ts';
import { intent, ok, paidIntent, refundObject, refusal, replied, scripted } from './fixtures.ts';
import { history } from './history.ts';

const window = { fromMs: 1_767_225_600_999, toMs: 1_767_229_200_001, cursor: null };
const payments = { ...window, kind: 'payments' } as const;
const refunds = { ...window, kind: 'refunds' } as const;
const page = (data: readonly unknown[], has_more = false) => ok({ object: 'list', data, has_more });
const created = 1_767_226_000;

async function told(query: Parameters<typeof history>[0], ...rows: readonly object[]) {
  const answer = await history(query, scripted(page(rows)));
  if (answer.kind !== 'told') throw new Error(answer.message);
  return answer.value;
}

describe('history', () => {
  it('asks for whole seconds, both ends included, and goes on after the last row', async () => {
    const call = scripted(page([paidIntent({ created })], true));
    const answer = await history({ ...payments, cursor: 'pi_before' }, call);
    const path = decodeURIComponent(call.requests[0]!.path);
    expect(path).toContain('/v1/payment_intents?created[gte]=1767225600&created[lte]=1767229200');
    expect(path).toContain('starting_after=pi_before');
    expect(answer).toMatchObject({ kind: 'told', value: { next: paidIntent().id } });
  });

  it('tells what was taken, and names what it cannot read', async () => {
    const read = await told(
      payments,
      paidIntent({ created }),
      intent({ id: 'pi_odd', created, status: 'levitating' }),
      intent({ id: 'pi_coin', created, currency: 'doge' }),
      intent({ id: 'pi_never', created: 'yesterday' }),
    );
    expect(read.items).toMatchObject([{ status: 'SUCCEEDED', createdAtMs: created * 1000 }]);
    expect(read.unreadable).toEqual(['pi_odd', 'pi_coin', 'pi_never']);
  });

  it('passes over the release of an authorisation, which moved no money', async () => {
    const released = refundObject({ created, status: 'succeeded', balance_transaction: null });
    expect(await told(refunds, released)).toEqual({ items: [], unreadable: [], next: null });
    const given = refundObject({ created, status: 'succeeded', balance_transaction: 'txn_1' });
    expect((await told(refunds, given)).items).toMatchObject([{ status: 'REFUNDED' }]);
  });

  it.each<[string, Transmission]>([
    ['there is no answer', { sent: 'unknown', reason: 'reset' }],
    ['Stripe failed', replied(500, {})],
    ['a row has no id', page([{ object: 'payment_intent' }])],
    ['a row is no object', page([null])],
    ['it does not say whether there is more', ok({ data: [] })],
    ['it is no list', ok({ data: 'all of it' })],
  ])('learns nothing when %s', async (_, answer) => {
    expect(await history(payments, scripted(answer))).toMatchObject({ kind: 'unreachable' });
  });

  it('says nothing of the key when it was refused', async () => {
    const answer = await history(payments, scripted(refusal(401, { message: 'bad sk_test_demo' })));
    expect(answer).toEqual({ kind: 'refused', message: expect.not.stringContaining('sk_') });
  });
});
