// A dispute as far as a webhook tells it: the payment becomes `disputed`, and the word stays in its history.
import type { WebhookMessage } from '../../connectors/contract.ts';
import type { PaymentRecord } from '../../domain/payment/payment.ts';
import { eventsOf } from '../../domain/payment/settle.ts';
import { mayMove } from '../../domain/payment/status.ts';
import type { InboundWebhook } from '../../store/inbound-webhooks.ts';
import type { Owner } from '../../store/webhook-owners.ts';
import { changePayment } from '../change-payment.ts';
import type { Context, Environment } from '../context.ts';

export async function recordDispute(
  context: Context,
  environment: Environment,
  known: PaymentRecord,
  owner: Owner,
  said: WebhookMessage,
  row: Pick<InboundWebhook, 'authenticity' | 'id'>,
): Promise<void> {
  if (row.authenticity !== 'verified') return; // a hint about a dispute has nothing to ask yet
  const opens = /dispute\.(create|created)$/.test(said.eventType);
  const ids = { environmentId: environment.id, paymentId: known.payment.id };
  await changePayment(
    context,
    ids,
    (current) => {
      const { payment } = current;
      const nowMs = context.ports.clock.nowMs();
      const disputed = opens && mayMove(payment.status, 'disputed');
      const after = disputed
        ? { ...payment, status: 'disputed' as const, updatedAt: nowMs }
        : payment;
      return {
        record: { ...current, payment: after },
        adjustments: [
          {
            attemptId: owner.attemptId,
            operationId: null,
            source: 'webhook',
            reason: said.eventType,
            fromStatus: payment.status,
            toStatus: after.status,
            attemptFrom: null,
            attemptTo: null,
            evidence: { webhook: row.id },
            createdAt: nowMs,
          },
        ],
        events: eventsOf(payment, after),
      };
    },
    known,
  );
}
