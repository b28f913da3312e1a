import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import type { OperationInput } from '../contract.ts';
import type { Transmission } from '../transport.ts';
import {
  attempt,
  ok,
  operation,
  operationReference,
  reference,
  refusal,
  replied,
  scripted,
} from './fixtures.ts';
import { encodeForm } from './form.ts';
import { reverse, syncReversal } from './reverse.ts';

const input = (changes: Partial<OperationInput> = {}) =>
  operation({ attempt: attempt({ pspReference: 'tr_demo1' }), reason: 'Too much', ...changes });

const reversalObject = (changes: object = {}) => ({
  id: 'trr_demo1',
  object: 'transfer_reversal',
  amount: 500,
  currency: 'usd',
  metadata: { reference: operationReference },
  transfer: 'tr_demo1',
  ...changes,
});
const list = (data: unknown[]) => ok({ object: 'list', data, has_more: false });
const done = {
  kind: 'succeeded',
  what: 'refunded',
  amountMinor: 500n,
  currency: 'USD',
  pspReference: 'trr_demo1',
};

async function run(verb: typeof reverse, asked: OperationInput, ...answers: Transmission[]) {
  const call = scripted(...answers);
  return { outcome: await verb(asked, call), requests: call.requests };
}

describe('a reversal', () => {
  it('calls a transfer back under its own key', async () => {
    const { outcome, requests } = await run(reverse, input(), ok(reversalObject()));
    const form = {
      amount: 500,
      description: 'Too much',
      metadata: { reference: operationReference, attempt_reference: reference },
    } satisfies Stripe.TransferCreateReversalParams;
    expect(requests[0]).toMatchObject({
      path: '/v1/transfers/tr_demo1/reversals',
      headers: { 'idempotency-key': `${operationReference}.reversal` },
      body: encodeForm(form),
    });
    expect(outcome).toEqual(done);
  });

  it('of a payout is refused without a request', async () => {
    const ofPayout = input({ attempt: attempt({ pspReference: 'po_demo1' }) });
    const { outcome, requests } = await run(reverse, ofPayout);
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: 'invalid_request' } });
    expect(requests).toEqual([]);
  });

  it('that Stripe refuses is declined, and unknown when the reply is lost or about another', async () => {
    const poor = refusal(400, { code: 'balance_insufficient', message: 'No.' });
    expect((await run(reverse, input(), poor)).outcome.kind).toBe('declined');
    for (const answer of [
      replied(502, ''),
      ok(reversalObject({ metadata: {} })),
      ok(reversalObject({ object: 'transfer' })),
      ok(reversalObject({ currency: 'xxx' })),
    ])
      expect((await run(reverse, input(), answer)).outcome.kind).toBe('unknown');
  });

  it('is asked about by its id, or looked for among those of its transfer', async () => {
    const path = '/v1/transfers/tr_demo1/reversals';
    const named = await run(reverse, input({ pspReference: 'trr_demo1' }), ok(reversalObject()));
    expect(named.requests[0]).toMatchObject({ method: 'GET', path: `${path}/trr_demo1` });
    const other = reversalObject({ id: 'trr_demo0', metadata: {} });
    const found = await run(syncReversal, input(), list([other, reversalObject()]));
    expect(found.outcome).toEqual(done);
    const none = await run(syncReversal, input(), list([other]));
    expect(none.outcome).toMatchObject({ kind: 'unknown', notFound: true });
  });
});
