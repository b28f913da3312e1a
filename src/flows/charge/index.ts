// The charge flow, in the order of a payment's life: begin (create-payment), send and settle (send-attempt),
// fall back (run-attempts).
export {
  createPayment,
  feeFor,
  noAvailableConnection,
  planRequest,
  routeFor,
} from './create-payment.ts';
export { attemptRow, type NewPayment } from './new-payment.ts';
export { runAttempts, sendReadyAttempt } from './run-attempts.ts';
export { inputOfPayout, sendAttempt, settleEvidence } from './send-attempt.ts';
