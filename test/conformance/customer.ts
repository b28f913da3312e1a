// What the customer does: answers the questions that go through us, and presses buttons where we cannot see it.
import { expect } from 'vitest';
import type { Merchant } from './merchant.ts';
import type { Payment } from './payment.ts';
import type { Button } from './psps.ts';
import type { Journey } from './subject.ts';

/** The right answers to the questions from one step up to another. */
export async function submitAll(
  merchant: Merchant,
  payment: Payment,
  { steps = [] }: Journey,
  until = steps.length,
  from = 0,
): Promise<void> {
  for (const { field, right } of steps.slice(from, until)) {
    const question = { kind: 'requires_action', action: { type: 'submit', field } };
    expect(payment.belief).toMatchObject(question);
    // Asked about at once: the question is still known.
    expect(await merchant.sync(payment)).toMatchObject(question);
    await merchant.submit(payment, field, right);
  }
}

/** Presses a button of the page that the customer was sent to, and looks where the browser goes. */
export async function press(
  { psps, credentials }: Merchant,
  payment: Payment,
  { answer, asks }: Journey,
  button: Button,
): Promise<void> {
  if (answer === null) return;
  const { status, location } = await answer(payment, button, psps, credentials);
  expect(status).toBeLessThan(400);
  if (asks !== 'redirect' || location === null) return;
  const { returnUrl, cancelUrl } = payment.input;
  const home = [returnUrl, cancelUrl].some((url) => location.startsWith(url));
  expect({ location, home }, 'the way back').toMatchObject({ home: true });
}

/** Everything that a customer has to do who wants to pay. */
export async function pay(merchant: Merchant, payment: Payment, journey: Journey): Promise<void> {
  await submitAll(merchant, payment, journey);
  await press(merchant, payment, journey, 'success');
}
