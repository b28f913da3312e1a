import { describe, expect, it } from 'vitest';
import {
  attempt,
  attempted,
  directAttempt,
  NOW_MS,
  REFERENCE,
  reply,
  scripted,
  transactionNotFound,
  verified,
} from './fixture.ts';
import { paystack } from './index.ts';

async function synced(answers: Parameters<typeof scripted>, of = attempt) {
  const script = scripted(...answers);
  const outcome = await paystack.sync(of, script.call);
  return { outcome, paths: script.sent.map(({ method, path }) => `${method} ${path}`) };
}

describe('asking about a charge', () => {
  it('verifies by our reference', async () => {
    const { outcome, paths } = await synced([reply(200, verified())]);
    expect(paths).toEqual([`GET /transaction/verify/${REFERENCE}`]);
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'captured', amountMinor: 20000n });
  });

  it('another amount is stated as Paystack states it, for the host to compare', async () => {
    const { outcome } = await synced([
      reply(200, verified({ amount: 100, requested_amount: 100 })),
    ]);
    expect(outcome).toMatchObject({ kind: 'succeeded', amountMinor: 100n });
    const other = await synced([reply(200, verified({ currency: 'NGN' }))]);
    expect(other.outcome).toMatchObject({ kind: 'succeeded', currency: 'NGN' });
  });

  it('a fee that the customer pays on top is not ours; a partial debit is not the whole', async () => {
    const onTop = await synced([reply(200, verified({ amount: 26913 }))]);
    expect(onTop.outcome).toMatchObject({ amountMinor: 20000n });
    const partial = await synced([reply(200, verified({ amount: 5000 }))]);
    expect(partial.outcome).toMatchObject({ amountMinor: 5000n });
  });

  it.each([
    ['another reference', { reference: 'other' }],
    ['no reference', { reference: undefined }],
    ['the other mode', { domain: 'live' }],
    ['no amount', { amount: null }],
    ['no currency', { currency: null }],
    ['an unknown word', { status: 'ok' }],
  ])('a success with %s is unknown', async (_, data) => {
    expect((await synced([reply(200, verified(data))])).outcome.kind).toBe('unknown');
  });

  it.each([400, 404])('an unknown reference (HTTP %i) is marked as not found', async (status) => {
    const { outcome } = await synced([reply(status, transactionNotFound)]);
    expect(outcome).toMatchObject({ kind: 'unknown', notFound: true });
  });

  it.each([
    reply(401, { status: false, message: 'Invalid key' }),
    reply(403, ''),
    reply(429, ''),
    reply(400, { status: false, message: 'Nope' }),
    reply(500, transactionNotFound),
    reply(200, '{'),
    { sent: 'not_sent', reason: 'ECONNREFUSED' } as const,
    { sent: 'unknown', reason: 'reset' } as const,
  ])('a question without an answer decides nothing: %j', async (answer) => {
    const { outcome } = await synced([answer]);
    expect(outcome.kind).toBe('unknown');
    expect(outcome).not.toHaveProperty('notFound');
  });

  it('an abandoned page can still be paid', async () => {
    const { outcome } = await synced([reply(200, verified({ status: 'abandoned' }))]);
    expect(outcome).toMatchObject({
      kind: 'requires_action',
      action: { type: 'redirect', url: attempt.pspState.authorization_url },
      pspState: { status: 'abandoned' },
    });
  });

  it('an abandoned page whose address was lost is only waited for', async () => {
    const lost = { ...attempt, pspState: { flow: 'page' } };
    const { outcome } = await synced([reply(200, verified({ status: 'abandoned' }))], lost);
    expect(outcome).toMatchObject({ kind: 'pending', pspState: { status: 'abandoned' } });
  });

  it('a failed charge is declined with its reason', async () => {
    const data = { status: 'failed', gateway_response: 'Insufficient Funds' };
    const { outcome } = await synced([reply(200, verified(data))]);
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: 'insufficient_funds' } });
  });

  it('a reversed charge gave the money back', async () => {
    const { outcome } = await synced([reply(200, verified({ status: 'reversed' }))]);
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'refunded', amountMinor: 20000n });
  });
});

describe('asking about a direct charge', () => {
  const ongoing = reply(200, verified({ status: 'ongoing' }));

  it('in flight: the check tells the step', async () => {
    const { outcome, paths } = await synced(
      [ongoing, reply(200, attempted({ status: 'send_otp' }))],
      directAttempt,
    );
    expect(paths).toEqual([`GET /transaction/verify/${REFERENCE}`, `GET /charge/${REFERENCE}`]);
    expect(outcome).toMatchObject({ kind: 'requires_action', action: { field: 'otp' } });
  });

  it('a check without an answer leaves what verify said', async () => {
    const refusal = { status: false, message: 'Transaction reference is invalid' };
    const { outcome } = await synced([ongoing, reply(400, refusal)], directAttempt);
    expect(outcome).toMatchObject({ kind: 'requires_action', action: { type: 'wait' } });
  });

  it('a success that the check states without amounts waits for verify', async () => {
    const { outcome } = await synced(
      [ongoing, reply(200, attempted({ status: 'success' }))],
      directAttempt,
    );
    expect(outcome.kind).toBe('requires_action');
  });

  it('is not checked in its first ten seconds, nor when it is over', async () => {
    const fresh = { ...directAttempt, createdAtMs: NOW_MS - 5_000 };
    expect((await synced([ongoing], fresh)).paths).toHaveLength(1);
    expect((await synced([reply(200, verified())], directAttempt)).paths).toHaveLength(1);
  });
});
