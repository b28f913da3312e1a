// What the answer to a later call about something (a repeat under its key, a step, a question) says about the thing
// itself. A refusal of the later request (a revoked key, a rate limit, no connection) says nothing about what an
// earlier one did: taken for a refusal of the payment it would invite a second charge (reliability.md F3).
import type { DeclineCode } from './decline.ts';
import { type Outcome, unknown } from './outcome.ts';

const OF_THE_REQUEST: ReadonlySet<DeclineCode> = new Set([
  'auth_failed',
  'merchant_config',
  'provider_unavailable',
  'rate_limited',
]);

export function saidByLaterCall(outcome: Outcome): Outcome {
  if (outcome.kind === 'not_sent') return unknown(`not sent again: ${outcome.reason}`);
  if (outcome.kind !== 'declined' || !OF_THE_REQUEST.has(outcome.decline.code)) return outcome;
  const { pspReference, pspState, decline } = outcome;
  return {
    ...(pspReference === undefined ? {} : { pspReference }),
    ...(pspState === undefined ? {} : { pspState }),
    ...unknown(`refused to answer: ${decline.code}`),
  };
}
