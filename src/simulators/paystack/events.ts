// Paystack's webhooks: HMAC-SHA512 of the raw body with the secret key; only HTTP 200 counts as delivered
// (psp/paystack.md section 4). There is no charge.failed.
import { createHmac } from 'node:crypto';
import type { PspOperation } from '../faults.ts';
import type { WebhookSender } from '../webhooks.ts';

/** What the fault rules may match the event by. */
export interface About {
  readonly operation: PspOperation;
  readonly reference: string;
  readonly amount: number;
  readonly simulate: string | null;
}

export type Emit = (key: string, event: string, data: object, about: About) => void;

export function createEmit(webhooks: WebhookSender): Emit {
  return (key, event, data, { operation, reference, amount, simulate }) =>
    webhooks.send({
      key,
      event,
      body: JSON.stringify({ event, data }),
      sign: (body) => ({ 'x-paystack-signature': signatureOfBody(body, key) }),
      accepted: (status) => status === 200,
      operation,
      reference,
      amount: String(amount),
      simulate,
    });
}

export function signatureOfBody(body: string, key: string): string {
  return createHmac('sha512', key).update(body).digest('hex');
}
