import { describe, expect, it } from 'vitest';
import type { AttemptRef, OperationInput } from '../contract.ts';
import {
  attempt,
  chargeInput,
  initialized,
  noInstrument,
  REFERENCE,
  refundInput,
  reply,
  scripted,
} from './fixture.ts';
import { paystack } from './index.ts';

const amount = { amountMinor: 1000n, currency: 'ZAR' };
const input = { ...chargeInput, amount, captureMethod: 'manual' as const };
const authorized: AttemptRef = { ...attempt, amount, captureMethod: 'manual' };
const operation: OperationInput = { ...refundInput, attempt: authorized, amount };

const answer = (data: Record<string, unknown>) =>
  reply(200, {
    status: true,
    message: 'ok',
    data: {
      id: 500001,
      domain: 'test',
      reference: REFERENCE,
      amount: 1000,
      currency: 'ZAR',
      ...data,
    },
  });

describe('authorize', () => {
  it('opens a page that releases what is not captured', async () => {
    const script = scripted(reply(200, initialized));
    const outcome = await paystack.authorize!(input, script.call);
    expect(script.sent[0]?.path).toBe('/preauthorization/initialize');
    expect(script.bodies()[0]).toMatchObject({
      amount: 1000,
      currency: 'ZAR',
      expire_action: 'release',
    });
    expect(outcome).toMatchObject({ kind: 'requires_action', action: { type: 'redirect' } });
  });

  it('a charge that must be captured by hand only authorises', async () => {
    const script = scripted(reply(200, initialized));
    await paystack.charge(input, script.call);
    expect(script.sent[0]?.path).toBe('/preauthorization/initialize');
  });

  it('reserves on a saved card', async () => {
    const script = scripted(answer({ status: 'authorized' }));
    const card = { ...input, instrument: { ...noInstrument, token: 'AUTH_demo2' } };
    const outcome = await paystack.authorize!(card, script.call);
    expect(script.sent[0]?.path).toBe('/preauthorization/reserve_authorization');
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'authorized', amountMinor: 1000n });
  });

  it('a refused reservation is a decline', async () => {
    const script = scripted(
      reply(400, { status: false, message: 'Preauthorization unsuccessful' }),
    );
    const card = { ...input, instrument: { ...noInstrument, token: 'AUTH_demo2' } };
    expect(await paystack.authorize!(card, script.call)).toMatchObject({ kind: 'declined' });
  });

  it('is refused without a call in another currency', async () => {
    const script = scripted();
    const cedis = { ...input, amount: chargeInput.amount };
    expect(await paystack.authorize!(cedis, script.call)).toMatchObject({
      decline: { code: 'merchant_config' },
    });
  });
});

describe('capture', () => {
  it('takes part of what was authorised', async () => {
    const script = scripted(answer({ status: 'success', amount: 700, channel: 'preauth' }));
    const part = { ...operation, amount: { amountMinor: 700n, currency: 'ZAR' } };
    const outcome = await paystack.capture!(part, script.call);
    expect(script.sent[0]?.path).toBe('/preauthorization/capture');
    expect(script.bodies()[0]).toEqual({ reference: REFERENCE, currency: 'ZAR', amount: 700 });
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'captured', amountMinor: 700n });
  });

  it('too much is refused', async () => {
    const message = 'Capture amount cannot be more than authorized amount';
    const script = scripted(reply(400, { status: false, message }));
    expect(await paystack.capture!(operation, script.call)).toMatchObject({
      kind: 'declined',
      decline: { code: 'invalid_request' },
    });
  });

  it('that failed at Paystack is declined', async () => {
    const script = scripted(answer({ status: 'capture_failed' }));
    expect((await paystack.capture!(operation, script.call)).kind).toBe('declined');
  });

  it('of an ordinary payment is refused without a call', async () => {
    const script = scripted();
    const ordinary = { ...operation, attempt };
    expect(await paystack.capture!(ordinary, script.call)).toMatchObject({ kind: 'declined' });
  });
});

describe('void', () => {
  it('releases an authorisation', async () => {
    const script = scripted(
      reply(200, { status: true, data: { id: 1, status: 'released', reference: REFERENCE } }),
    );
    const outcome = await paystack.void!(operation, script.call);
    expect(script.bodies()[0]).toEqual({ reference: REFERENCE });
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      what: 'voided',
      amountMinor: 1000n,
      currency: 'ZAR',
    });
  });

  it('of an attempt that Paystack named is sent all the same', async () => {
    const refusal = {
      status: false,
      message: 'No preauthorized transaction exists for the reference provided',
    };
    const script = scripted(reply(400, refusal));
    const outcome = await paystack.void!({ ...operation, pspReference: REFERENCE }, script.call);
    expect(script.sent[0]?.path).toBe('/preauthorization/release');
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: 'invalid_request' } });
  });

  it('of an ordinary payment does not exist, and asks nobody', async () => {
    const script = scripted();
    expect(await paystack.void!({ ...operation, attempt }, script.call)).toEqual({
      kind: 'declined',
      decline: { code: 'invalid_request', message: 'cannot be voided at Paystack', pspCode: null },
    });
    expect(script.sent).toEqual([]);
  });
});

describe('asking about an authorisation', () => {
  it.each([
    [{ status: 'authorized' }, { kind: 'succeeded', what: 'authorized', amountMinor: 1000n }],
    [
      { status: 'captured', captured_amount: '700' },
      { kind: 'succeeded', what: 'captured', amountMinor: 700n },
    ],
    [{ status: 'released' }, { kind: 'succeeded', what: 'voided' }],
    [{ status: 'release_failed' }, { kind: 'succeeded', what: 'authorized' }],
    [{ status: 'capture_failed' }, { kind: 'pending', pspState: { status: 'capture_failed' } }],
    [{ status: 'ongoing' }, { kind: 'requires_action' }],
    [{ status: 'abandoned' }, { kind: 'requires_action' }],
    [{ status: 'failed', message: 'Declined' }, { kind: 'declined' }],
    [{ status: 'success' }, { kind: 'unknown' }],
    [{ status: 'authorized', reference: 'other' }, { kind: 'unknown' }],
    [{ status: 'authorized', domain: 'live' }, { kind: 'unknown' }],
  ])('%j', async (data, expected) => {
    const script = scripted(answer(data));
    expect(await paystack.sync(authorized, script.call)).toMatchObject(expected);
    expect(script.sent[0]?.path).toBe(`/preauthorization/verify/${REFERENCE}`);
  });

  it('an unknown one is marked as not found', async () => {
    const script = scripted(reply(400, { status: false, message: 'x', code: 'not_found' }));
    expect(await paystack.sync(authorized, script.call)).toMatchObject({ notFound: true });
  });
});
