// Notifications (psp/paymaxis.md section 4): the payment itself as JSON, signed with HMAC-SHA256 of the raw bytes when
// the shop has a signing key, to the address of the payment or else of the shop.
import { createHmac } from 'node:crypto';
import type { Fault } from '../faults.ts';
import type { Webhook, WebhookSender } from '../webhooks.ts';
import type { Magic } from './magic.ts';
import type { Payment } from './payments.ts';
import { renderNotification } from './render.ts';

export type Notify = (key: string, payment: Payment, magic: Magic) => void;

export function createNotify(webhooks: WebhookSender): Notify {
  return (key, payment, { notice }) => {
    const send = (more: Partial<Webhook>) => webhooks.send({ ...messageOf(key, payment), ...more });
    switch (notice) {
      case 'early':
        return send({ faults: [named('webhook_early')] });
      case 'thrice':
        for (let count = 0; count < 3; count += 1) send({});
        return;
      case 'wrong':
        send({ sign: () => ({}) });
        return send({ faults: [named('webhook_forged')] });
      default:
        return send({});
    }
  };
}

function messageOf(key: string, payment: Payment): Webhook {
  const { webhookUrl, referenceId, paymentType, simulate, asked, state } = payment;
  return {
    key,
    event: `${paymentType}.${state}`,
    body: JSON.stringify(renderNotification(payment)),
    sign: (body, secret): Record<string, string> =>
      secret === null ? {} : { signature: signatureOf(body, secret) },
    url: webhookUrl,
    reference: referenceId,
    amount: asked,
    operation: OPERATIONS[paymentType],
    simulate,
  };
}

export const OPERATIONS = { DEPOSIT: 'charge', WITHDRAWAL: 'payout', REFUND: 'refund' } as const;

export function signatureOf(body: string, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

function named(name: string): Fault {
  return { name, argument: null };
}
