// Replies that are arbitrary, truncated or mutated: no verb ever throws, and none says that money moved unless the
// reply says so, of our object, in our mode.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../domain/attempt/outcome.ts';
import { checkOutcome } from '../check-outcome.ts';
import type { Call } from '../contract.ts';
import { plainCall } from '../testing.ts';
import type { Transmission } from '../transport.ts';
import {
  attempt,
  chargeInput,
  createdAtMs,
  intent,
  operation,
  operationReference,
  paidIntent,
  payoutInput,
  payoutObject,
  reference,
  refundObject,
  session,
  withToken,
} from './fixtures.ts';
import { stripe } from './index.ts';

const page = attempt({ pspReference: 'cs_test_demo1', pspState: { session: 'cs_test_demo1' } });
const nameless = attempt({ pspReference: null, pspState: {} });
const verbs: Record<string, (call: Call) => Promise<Outcome> | undefined> = {
  'charge with a token': (call) => stripe.charge(withToken('pm_card_visa'), call),
  'charge in the browser': (call) => stripe.charge(chargeInput({ presentation: 'client' }), call),
  'charge by page': (call) => stripe.charge(chargeInput(), call),
  authorize: (call) => stripe.authorize?.(withToken('pm_card_visa'), call),
  capture: (call) => stripe.capture?.(operation(), call),
  'void of an intent': (call) => stripe.void?.(operation(), call),
  'void of a page': (call) => stripe.void?.(operation({ attempt: page }), call),
  refund: (call) => stripe.refund?.(operation(), call),
  payout: (call) => stripe.payout?.(payoutInput(), call),
  'sync of an intent': (call) => stripe.sync(attempt(), call),
  'sync of a page': (call) => stripe.sync(page, call),
  'sync of a nameless attempt': (call) => stripe.sync(nameless, call),
  syncRefund: (call) => stripe.syncRefund?.(operation(), call),
  syncPayout: (call) => stripe.syncPayout?.(payoutInput(), call),
};

function calling(answer: (index: number) => Transmission): Call {
  let index = 0;
  return {
    ...plainCall,
    credentials: { secret_key: 'sk_test_demo', stripe_webhook_secret: 'whsec_demo' },
    mode: 'sandbox',
    nowMs: createdAtMs + 60_000,
    send: async () => answer(index++),
  };
}

const genuine = [
  intent(),
  paidIntent(),
  intent({ status: 'requires_capture', amount_capturable: 1099 }),
  intent({ status: 'canceled' }),
  session(),
  session({ status: 'complete', payment_status: 'paid', payment_intent: 'pi_demo1' }),
  session({ status: 'expired' }),
  refundObject(),
  payoutObject({ status: 'paid' }),
  { object: 'list', has_more: false, data: [paidIntent(), refundObject(), payoutObject()] },
  { error: { type: 'card_error', decline_code: 'do_not_honor', payment_intent: paidIntent() } },
  { error: { type: 'invalid_request_error', code: 'payment_intent_unexpected_state' } },
].map((object) => JSON.stringify(object));

const junk = fc.oneof(fc.string({ unit: 'binary' }), fc.json());
const cut = fc
  .tuple(fc.constantFrom(...genuine), fc.nat({ max: 400 }))
  .map(([text, at]) => text.slice(0, at));

const INSTEAD = [
  true,
  false,
  null,
  -1,
  0,
  1,
  1099,
  1.5,
  'succeeded',
  'canceled',
  'expired',
  'paid',
  'requires_capture',
  'eur',
  'pi_other',
  're_other',
  'payment_intent',
  'refund',
  '',
  [],
  {},
];
const replacement = fc.oneof(fc.jsonValue({ depthSize: 'small' }), fc.constantFrom(...INSTEAD));

/** A genuine reply with its `index`th member, anywhere in it, replaced by something else. */
function mutate(text: string, index: number, value: unknown): string {
  let count = 0;
  return JSON.stringify(JSON.parse(text, (_, member) => (count++ === index ? value : member)));
}

function membersOf(text: string): number {
  let count = 0;
  JSON.parse(text, (_, member) => {
    count += 1;
    return member;
  });
  return count;
}

const mutated = fc
  .tuple(fc.constantFrom(...genuine), fc.nat(), replacement)
  .map(([text, pick, value]) => mutate(text, pick % membersOf(text), value));

const OK = { sent: 'replied', status: 200, headers: {} } as const;

function* pairs<T>(count: number, values: readonly T[]): Generator<[number, T]> {
  for (let index = 0; index < count; index += 1) for (const value of values) yield [index, value];
}

const status = fc.constantFrom(200, 201, 302, 400, 401, 402, 403, 404, 409, 429, 500, 503);
const reply = (text: fc.Arbitrary<string>, statuses = status): fc.Arbitrary<Transmission> =>
  fc
    .tuple(statuses, text)
    .map(([code, body]) => ({ sent: 'replied', status: code, headers: {}, text: body }));

async function outcomeOf(verb: string, answers: readonly Transmission[]): Promise<Outcome> {
  const call = calling((index) => answers[index % answers.length]!);
  const outcome = await verbs[verb]?.(call);
  // The host's own check: whatever came in, the outcome makes sense and can be stored.
  return checkOutcome(outcome, (text) => text);
}

const anyVerb = fc.constantFrom(...Object.keys(verbs));

describe('a hostile Stripe', () => {
  it('with arbitrary or truncated replies never makes a verb throw or money move', async () => {
    const answers = fc.array(reply(fc.oneof(junk, cut.filter(isBroken))), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(anyVerb, answers, async (verb, given) => {
        expect((await outcomeOf(verb, given)).kind).not.toBe('succeeded');
      }),
      { numRuns: 1500 },
    );
  });

  it('with any one member of a reply replaced moves money only if the reply still says so', async () => {
    for (const verb of Object.keys(verbs)) {
      for (const text of genuine) {
        for (const [index, value] of pairs(membersOf(text), INSTEAD)) {
          const body = mutate(text, index, value);
          const outcome = await outcomeOf(verb, [{ ...OK, text: body }]);
          if (outcome.kind !== 'succeeded') continue;
          const isSaid = saysSo(JSON.parse(body), outcome, verb);
          expect(isSaid, `${verb}: ${body} is not ${outcome.what}`).toBe(true);
        }
      }
    }
  });

  it('with several mutated replies moves money only if one of them says so', async () => {
    const answers = fc.array(reply(mutated), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(anyVerb, answers, async (verb, given) => {
        const outcome = await outcomeOf(verb, given);
        if (outcome.kind !== 'succeeded') return;
        const isSaid = given.some(
          (one) =>
            one.sent === 'replied' &&
            one.status < 300 &&
            saysSo(JSON.parse(one.text), outcome, verb),
        );
        expect(isSaid, JSON.stringify(given)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('never makes a failed HTTP status a success', async () => {
    const failed = fc.constantFrom(302, 400, 401, 402, 403, 404, 409, 429, 500, 503);
    const answers = fc.array(reply(fc.oneof(mutated, junk), failed), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(anyVerb, answers, async (verb, given) => {
        expect((await outcomeOf(verb, given)).kind).not.toBe('succeeded');
      }),
      { numRuns: 1500 },
    );
  });

  it('cannot make a webhook throw', () => {
    const event = mutated.map(
      (text) => `{"object":"event","id":"evt_1","type":"refund.updated","data":{"object":${text}}}`,
    );
    fc.assert(
      fc.property(fc.oneof(junk, event, cut), (text) => {
        const message = { headers: {}, query: {}, rawBody: Buffer.from(text) };
        const outcome = stripe.readWebhook(message)?.outcome ?? null;
        if (outcome !== null) checkOutcome(outcome, (said) => said);
        expect(stripe.verifyWebhook(message, { stripe_webhook_secret: 's' }, 0)).toBe('forged');
      }),
      { numRuns: 1500 },
    );
  });
});

function isBroken(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch {
    return true;
  }
}

const STATUS = {
  captured: ['succeeded'],
  authorized: ['requires_capture'],
  voided: ['canceled', 'expired'],
  refunded: ['succeeded'],
  paid_out: ['paid'],
};

/** Written apart from the connector: an object in the reply with the status, the amount and no foreign reference. */
function saysSo(reply: unknown, outcome: Outcome & { kind: 'succeeded' }, verb: string): boolean {
  if (typeof reply !== 'object' || reply === null) return false;
  const object = reply as Record<string, unknown>;
  if (Array.isArray(object.data)) return object.data.some((row) => saysSo(row, outcome, verb));
  const metadata = (object.metadata ?? {}) as { reference?: unknown };
  const named = metadata.reference;
  // What we have just made must name us; what we asked for by id may at least not name another.
  const mayBeSilent = !/^(?:charge|authorize|refund|payout)/.test(verb);
  const isOurs =
    [reference, operationReference].includes(String(named)) ||
    (mayBeSilent && (typeof named !== 'string' || named === ''));
  const amounts = [
    object.amount,
    object.amount_received,
    object.amount_capturable,
    object.amount_total,
  ];
  return (
    isOurs &&
    object.livemode !== true &&
    (!/^(?:capture|void of an intent|sync of an intent)/.test(verb) || object.id === 'pi_demo1') &&
    STATUS[outcome.what].includes(String(object.status)) &&
    amounts.includes(Number(outcome.amountMinor)) &&
    String(object.currency).toUpperCase() === outcome.currency
  );
}
