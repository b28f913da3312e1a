import { describe, expect, it } from 'vitest';
import { attempt, ok, payoutData, payoutInput, refusal, reply, scripted } from './fixture.ts';
import { resendCode, submitAction } from './payout-code.ts';

const { reference } = payoutInput;
const of = { attempt: { ...attempt, reference, pspReference: reference }, field: 'otp' } as const;
const submit = (...script: Parameters<typeof scripted>[0]) => {
  const { call, sent, bodies } = scripted(script);
  return { outcome: submitAction({ ...of, value: '123456' }, call), sent, bodies };
};

describe('the OTP of a payout', () => {
  it('is passed on, and the payout goes on', async () => {
    const { outcome, sent, bodies } = submit(
      reply(200, ok(payoutData({ status: 'AWAITING_PROCESSING' }))),
    );
    expect(await outcome).toMatchObject({ kind: 'pending', pspReference: reference });
    expect(sent[0]).toMatchObject({ path: '/api/v2/disbursements/single/validate-otp' });
    expect(bodies()).toEqual([{ reference, authorizationCode: '123456' }]);
  });

  it('may be the last thing that was missing', async () => {
    const { outcome } = submit(reply(200, ok(payoutData())));
    expect(await outcome).toMatchObject({ kind: 'succeeded', amountMinor: 10_000n });
  });

  it('that is wrong refuses the code, not the payout', async () => {
    const { outcome } = submit(
      reply(422, refusal('99', 'Invalid OTP')),
      reply(200, ok(payoutData({ status: 'PENDING_AUTHORIZATION' }))),
    );
    expect(await outcome).toMatchObject({
      kind: 'requires_action',
      action: { type: 'submit', field: 'otp', message: expect.stringMatching(/^Invalid OTP/) },
    });
  });

  it('that comes twice tells what has become of the payout', async () => {
    const { outcome } = submit(
      reply(422, refusal('99', 'invalid reference')),
      reply(200, ok(payoutData({ status: 'SUCCESS' }))),
    );
    expect(await outcome).toMatchObject({ kind: 'succeeded' });
  });

  it.each([
    ['is lost', [{ sent: 'unknown', reason: 'reset' } as const]],
    ['is HTTP 500', [reply(500, {})]],
    ['is of another payout', [reply(200, ok(payoutData({ reference: 'other' })))]],
    [
      'refuses it, and the question is lost',
      [reply(422, refusal('99', 'Invalid OTP')), reply(502, '')],
    ],
  ])('is unknown when the answer %s', async (_, script) => {
    expect(await submit(...script).outcome).toMatchObject({ kind: 'unknown' });
  });

  it('is sent again when it is asked for', async () => {
    const message = 'Authorization code will be sent';
    const { call, sent } = scripted([reply(200, ok({ message }))]);
    expect(await resendCode(payoutInput, call)).toEqual({ kind: 'told', value: message });
    expect(sent[0]).toMatchObject({
      path: '/api/v2/disbursements/single/resend-otp',
      movesNoMoney: true,
    });
    const refused = scripted([reply(422, refusal('99', 'invalid reference'))]);
    expect(await resendCode(payoutInput, refused.call)).toMatchObject({ kind: 'refused' });
  });
});
