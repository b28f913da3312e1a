// A customer who pays one payment twice at Flutterwave, which takes a reference that was used (psp/flutterwave.md sections
// 2.2 and 5): the money is there twice, so it must not be here once.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { referenceOf } from '../../src/kernel/ids.ts';
import { loadPayment } from '../../src/store/payments.ts';
import { openStage, type Stage } from '../stage.ts';

const SECRET = 'FLWSECK_TEST-twice-X';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

async function acceptOnPhone(): Promise<void> {
  const url = `${stage.pspUrl}/simulators/phone/0712345678`;
  await fetch(url, { method: 'POST', body: new URLSearchParams({ outcome: 'success' }) });
}

it('is in conflict, with all that was taken', async () => {
  const merchant = await stage.merchant();
  const credentials = { secret_key: SECRET, secret_hash: 'hash-of-twice' };
  const connection = { provider: 'flutterwave', mode: 'sandbox', credentials };
  expect((await merchant.send('POST', '/connections', connection)).status).toBe(201);
  const { body } = await merchant.send('POST', '/payments/intents', {
    amount: 50_000,
    currency: 'KES',
    country: 'KE',
    method: 'mobile_money',
    payment_method: { phone: '0712345678' },
  });
  const [{ id: environmentId } = { id: '' }] = merchant.organization.environments;
  const record = async () => (await loadPayment(stage.context.db, environmentId, body.id))!;
  const captured = async () => {
    await stage.work();
    return (await record()).payment.capturedMinor;
  };
  await acceptOnPhone();
  await expect.poll(captured, { timeout: 15_000 }).toBe(50_000n);

  const [attempt] = (await record()).attempts;
  const again = await fetch(`${stage.pspUrl}/simulators/flutterwave/charges?type=mpesa`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      tx_ref: referenceOf(attempt!.id),
      amount: 500,
      currency: 'KES',
      email: 'ama@example.com',
      phone_number: '254712345678',
    }),
  });
  expect(again.status, await again.text()).toBe(200);
  await acceptOnPhone();
  await expect.poll(captured, { timeout: 15_000 }).toBe(100_000n);
  expect((await record()).payment.conflict).toBe('amount_mismatch');
});
