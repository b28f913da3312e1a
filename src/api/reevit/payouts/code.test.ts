import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HeldTimers } from '../../../../test/held-timers.ts';
import { type Merchant, openStage, type Stage } from '../../../../test/stage.ts';
import { tablesWith } from '../../../../test/stored-text.ts';

/** Of Monnify's simulator: it asks the merchant for an OTP, 123456. */
const ASKS = '9990000003';
const OTP = '123456';

let stage: Stage;
let timers: HeldTimers;
let merchant: Merchant;
let connection: string;
let lose: 'reply' | 'request' | null = null;
let shops = 0;

beforeAll(async () => {
  timers = new HeldTimers(() => stage.clock.nowMs());
  // Webhooks are lost: what is known here was answered.
  stage = await openStage({ timers, deliver: async () => 200 });
  const { sendTo } = stage.context;
  const losing: typeof sendTo = (...to) => {
    const send = sendTo(...to);
    return async (request) => {
      const hit = lose !== null && request.path.endsWith('validate-otp');
      if (hit && lose === 'request') return { sent: 'unknown', reason: 'reset' };
      const answer = await send(request);
      return hit ? { sent: 'unknown', reason: 'reset' } : answer;
    };
  };
  Object.assign(stage.context, { sendTo: losing });
});
afterAll(() => stage?.close());
beforeEach(async () => {
  lose = null;
  shops += 1;
  merchant = await stage.merchant();
  const made = await merchant.send('POST', '/connections', {
    provider: 'monnify',
    mode: 'sandbox',
    credentials: {
      api_key: `MK_TEST_OTP${shops}`,
      secret_key: `SECRETOFOTP${shops}`,
      contract_code: '1000000001',
      wallet_account_number: '9000000001',
    },
  });
  connection = made.body.id;
});

async function payOut(account = ASKS) {
  const made = await merchant.send(
    'POST',
    '/payouts',
    {
      connection_id: connection,
      amount: 8_000,
      currency: 'NGN',
      beneficiary: { type: 'bank', name: 'Tunde', account_number: account, bank_code: '058' },
    },
    { 'idempotency-key': `key-${account}` },
  );
  expect(made.status, made.text).toBe(201);
  return made.body;
}
const submit = (id: string, value = OTP, type = 'otp', headers = {}) =>
  merchant.send('POST', `/payouts/${id}/submit-action`, { type, value }, headers);
const show = async (id: string) => (await merchant.send('GET', `/payouts/${id}`)).body;
const paid = () => stage.simulators.books('monnify', `MK_TEST_OTP${shops}`).references;

async function later(ms: number) {
  stage.clock.advance(ms);
  await timers.fire();
  await stage.work();
}

describe('a payout that waits for the OTP of the merchant', () => {
  it('says so, and is paid when it is submitted', async () => {
    const { id, status, next_action: action } = await payOut();
    expect(status).toBe('processing');
    expect(action).toEqual({ type: 'submit', field: 'otp', message: expect.any(String) });
    expect((await show(id)).next_action).toEqual(action);
    const submitted = await submit(id);
    expect(submitted).toMatchObject({
      status: 200,
      body: { status: 'processing', next_action: null },
    });
    await later(60_000);
    expect(await show(id)).toMatchObject({ status: 'succeeded', next_action: null });
    expect(paid()).toMatchObject([{ paid_out: '8000', counts: { paid_out: 1 } }]);
    expect(await tablesWith(stage.context.db, OTP)).toEqual([]);
    expect((await submit(id)).status).toBe(409);
  });

  it('waits on when it is wrong, and is asked again', async () => {
    const { id } = await payOut();
    const wrong = await submit(id, '000000');
    expect(wrong).toMatchObject({ status: 200, body: { status: 'processing' } });
    expect(wrong.body.next_action.message).toContain('Invalid OTP');
    const again = await merchant.send('POST', `/payouts/${id}/resend-otp`);
    expect(again).toMatchObject({
      status: 200,
      body: { message: expect.stringContaining('email') },
    });
    expect((await submit(id)).body.next_action).toBe(null);
    await later(60_000);
    expect((await show(id)).status).toBe('succeeded');
  });

  it('is asked about at once when the answer is lost', async () => {
    const { id } = await payOut();
    lose = 'request';
    expect((await submit(id)).body).toMatchObject({ next_action: { type: 'submit' } });
    lose = 'reply';
    expect((await submit(id)).body).toMatchObject({ status: 'processing', next_action: null });
    await later(60_000);
    expect((await show(id)).status).toBe('succeeded');
    expect(paid()).toMatchObject([{ counts: { paid_out: 1 } }]);
  });

  it('is paid once, however often and from wherever it is submitted', async () => {
    const { id } = await payOut();
    const answers = await Promise.all([submit(id), submit(id), submit(id)]);
    expect(answers.map(({ status }) => status).every((one) => one === 200 || one === 409)).toBe(
      true,
    );
    const headers = { 'idempotency-key': 'otp-1' };
    const first = await submit(id, OTP, 'otp', headers);
    expect((await submit(id, OTP, 'otp', headers)).text).toBe(first.text);
    await later(60_000);
    expect((await show(id)).status).toBe('succeeded');
    expect(paid()).toMatchObject([{ paid_out: '8000', counts: { paid_out: 1 } }]);
  });

  it('refuses what nobody asked for', async () => {
    const { id } = await payOut();
    expect(await submit(id, '1234', 'pin')).toMatchObject({
      status: 400,
      body: { code: 'wrong_action' },
    });
    expect((await submit(id, '')).status).toBe(400);
    expect((await submit('po_none')).status).toBe(404);
    const { id: plain } = await payOut('0690000040');
    expect(await submit(plain)).toMatchObject({
      status: 409,
      body: { code: 'no_action_expected' },
    });
    expect((await merchant.send('POST', `/payouts/${plain}/resend-otp`)).status).toBe(409);
    const other = await stage.merchant();
    const foreign = await other.send('POST', `/payouts/${id}/submit-action`, {
      type: 'otp',
      value: OTP,
    });
    expect(foreign.status).toBe(404);
  });
});
