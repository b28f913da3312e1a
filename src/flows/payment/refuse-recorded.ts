// A recorded payment was made elsewhere: nothing can be done about it here.
import { isRecorded, type PaymentRecord } from '../../domain/payment/payment.ts';
import { Problem } from '../../kernel/problem.ts';

export function refuseRecorded(record: PaymentRecord): void {
  if (!isRecorded(record)) return;
  throw new Problem(
    400,
    'payment_recorded',
    'The payment was recorded, not made here: it can only be changed where it was made',
  );
}
