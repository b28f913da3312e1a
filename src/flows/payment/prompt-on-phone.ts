// The M-PESA screen of Reevit's widgets: the customer types a phone number, and the prompt goes there (api/reevit.md
// section 4). Amount and currency are the payment's own. A payment is asked for on one phone only: a second prompt could
// be paid besides the first.
import { msisdnOf } from '../../connectors/mpesa/texts.ts';
import { latestAttempt, type PaymentRecord } from '../../domain/payment/payment.ts';
import { invalid, Problem } from '../../kernel/problem.ts';
import type { Context, Environment } from '../context.ts';
import { findPublicPayment } from './find-payment.ts';
import { routePayment } from './route-payment.ts';

const PROVIDER = 'mpesa';

/** `allowed`: the environment that the caller's key belongs to; null: it has shown none. */
export async function promptOnPhone(
  context: Context,
  paymentId: string,
  phone: string,
  allowed: Environment | null,
): Promise<PaymentRecord> {
  const found = await findPublicPayment(context, paymentId);
  if (!found || (allowed !== null && allowed.id !== found.environment.id))
    throw new Problem(404, 'not_found', 'Payment not found');
  const { record, environment } = found;
  const prompted = isPrompted(record) ? record : await prompt(context, environment, record, phone);
  if (isPrompted(prompted)) return prompted;
  const { status } = prompted.payment;
  throw new Problem(400, 'payment_failed', `The payment is ${status}`, { status });
}

function isPrompted(record: PaymentRecord): boolean {
  const attempt = latestAttempt(record);
  return (
    attempt?.provider === PROVIDER &&
    attempt.status === 'requires_action' &&
    attempt.action?.type === 'wait'
  );
}

/** Throws when the payment was sent somewhere else already, and for a slip of the finger, which costs no payment. */
async function prompt(
  context: Context,
  environment: Environment,
  { payment }: PaymentRecord,
  phone: string,
): Promise<PaymentRecord> {
  if (msisdnOf(phone) === null)
    throw invalid('invalid_phone', 'phone_number is not a Kenyan mobile number', 'phone_number');
  const nothing = { token: null, network: null, bankCode: null, accountNumber: null };
  return routePayment(context, environment, payment.id, {
    method: 'mobile_money',
    provider: PROVIDER,
    instrument: { ...nothing, phone },
  });
}
