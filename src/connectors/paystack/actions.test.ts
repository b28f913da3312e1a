import { describe, expect, it } from 'vitest';
import { directAttempt, REFERENCE, reply, scripted, verified } from './fixture.ts';
import { paystack } from './index.ts';

type Field = 'otp' | 'pin' | 'phone' | 'birthday' | 'address';

async function submitted(field: Field, value: string, ...answers: Parameters<typeof scripted>) {
  const script = scripted(...answers);
  const input = { attempt: directAttempt, field, value };
  const outcome = await paystack.submitAction!(input, script.call);
  return { outcome, sent: script.sent, body: script.bodies()[0] };
}

const next = (data: Record<string, unknown>, more = {}) =>
  reply(200, { status: true, message: 'Charge attempted', data, ...more });

describe('answering Paystack’s question', () => {
  it.each([
    ['otp', '123456'],
    ['pin', '1234'],
    ['phone', '08012345678'],
    ['birthday', '2007-04-15'],
  ] as const)('%s goes to its own path with our reference', async (field, value) => {
    const { sent, body } = await submitted(field, value, next({ status: 'pending' }));
    expect(sent[0]).toMatchObject({ method: 'POST', path: `/charge/submit_${field}` });
    expect(body).toEqual({ [field]: value, reference: REFERENCE });
  });

  it('an address is sent by its parts, with zip_code', async () => {
    const value = JSON.stringify({
      address: '1 Main',
      city: 'Toronto',
      state: 'ON',
      zipcode: 'M5V',
    });
    const { body } = await submitted('address', value, next({ status: 'pending' }));
    expect(body).toEqual({
      address: '1 Main',
      city: 'Toronto',
      state: 'ON',
      zip_code: 'M5V',
      reference: REFERENCE,
    });
  });

  it('an address that is not an object is asked for again, without a call', async () => {
    const { outcome, sent } = await submitted('address', 'Main street');
    expect(sent).toEqual([]);
    expect(outcome).toMatchObject({ kind: 'requires_action', action: { field: 'address' } });
  });

  it('the next step may leave out the reference', async () => {
    const { outcome } = await submitted('birthday', '2007-04-15', next({ status: 'send_otp' }));
    expect(outcome).toMatchObject({ kind: 'requires_action', action: { field: 'otp' } });
  });

  it('a success must name everything', async () => {
    const paid = await submitted('otp', '123456', reply(200, verified()));
    expect(paid.outcome).toMatchObject({ kind: 'succeeded', amountMinor: 20000n });
    const bare = await submitted('otp', '123456', next({ status: 'success' }));
    expect(bare.outcome.kind).toBe('unknown');
  });

  it('a failed charge may hide behind HTTP 200 with a false flag', async () => {
    const data = { status: 'failed', reference: REFERENCE, message: 'Wrong OTP' };
    const { outcome } = await submitted('otp', '1', next(data, { status: false }));
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: 'authentication_failed' } });
  });

  it.each([
    reply(400, { status: false, message: 'Transaction reference is invalid' }),
    reply(400, { status: false, message: 'Wrong OTP' }),
    reply(401, { status: false, message: 'Invalid key' }),
    reply(429, ''),
    reply(502, ''),
    { sent: 'not_sent', reason: 'ECONNREFUSED' } as const,
    { sent: 'unknown', reason: 'reset' } as const,
  ])('a step that was refused or lost leaves the charge open: %j', async (answer) => {
    const { outcome } = await submitted('otp', '1', answer);
    expect(outcome.kind).toBe('unknown');
  });
});
