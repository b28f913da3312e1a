// What a Checkout Session does when its intent moves: it completes, and later learns that the money came.
import type { Account } from './account.ts';
import { emit } from './events.ts';
import type { CheckoutSession, Intent } from './objects.ts';

/** The payer has done their part: the session is complete, paid or (manual capture, late success) not yet. */
export function sessionCompleted(
  account: Account,
  session: CheckoutSession,
  intent: Intent,
): CheckoutSession {
  const complete = account.sessions.put({
    ...session,
    customer_details: {
      address: null,
      email: session.customer_email ?? 'payer@example.com',
      name: null,
      phone: null,
      tax_exempt: 'none',
      tax_ids: [],
    },
    payment_intent: intent.id,
    payment_status: intent.status === 'succeeded' ? 'paid' : 'unpaid',
    status: 'complete',
    url: null,
  });
  emit(account, 'checkout.session.completed', complete);
  return complete;
}

/** Money of a completed session arrived later. Does nothing while the page is still being submitted. */
export function sessionPaid(account: Account, intent: Intent): void {
  const session = intent.sim.sessionId === null ? null : account.sessions.get(intent.sim.sessionId);
  if (session?.status !== 'complete' || session.payment_status === 'paid') return;
  if (intent.status !== 'succeeded') return;
  const paid = account.sessions.put({ ...session, payment_status: 'paid' });
  if (intent.capture_method !== 'manual')
    emit(account, 'checkout.session.async_payment_succeeded', paid);
}
