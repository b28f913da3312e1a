// Money out: a payment of type `payout` or `transfer`, whose attempts pay. Asking, webhooks and fallback are those of
// every payment (flows/sync, flows/receive-webhook, flows/charge/run-attempts).
export { approvePayout, cancelPayout, deletePayout, rejectPayout } from './approve-payout.ts';
export { beginPayout, createPayout, planPayout } from './create-payout.ts';
export { findPayout, findPayoutFacts } from './find-payout.ts';
export { initiatePayout } from './initiate.ts';
export type { NewPayout } from './new-payout.ts';
export { reversePayout } from './reverse-payout.ts';
export { retryPayout } from './send-payout.ts';
export { resendPayoutCode, submitPayoutCode } from './submit-code.ts';
