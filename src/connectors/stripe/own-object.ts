// What we make at Stripe besides charges: sent under a key of its own, asked about by its id, or looked for in a list by
// the reference in its metadata (psp/stripe.md 2.4 and 2.5).
import { type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call } from '../contract.ts';
import type { Form } from './form.ts';
import type { Json } from './json.ts';
import { searchList } from './list.ts';
import { mismatch, referenceIn } from './metadata.ts';
import { nothingLearned, outcomeOfRefusal, readReply } from './reply.ts';
import { get, post, segment } from './request.ts';

export interface Kind {
  /** Stripe's name of the object. */
  readonly type: 'payout' | 'refund' | 'transfer' | 'transfer_reversal';
  /** For people. */
  readonly word: string;
  readonly outcomeOf: (object: Json) => Outcome;
}

/** `sync`: asks about it, when Stripe keeps for this key what it has failed to answer. */
export async function make(
  kind: Kind,
  path: string,
  form: Form,
  key: string,
  reference: string,
  call: Call,
  sync: () => Promise<Outcome>,
): Promise<Outcome> {
  const reply = readReply(await call.send(post(call, path, form, key)));
  if (reply.kind === 'lost') return reply.stored ? sync() : reply.outcome;
  if (reply.kind === 'refused') return outcomeOfRefusal(reply);
  return checked(kind, reply.object, reference, call, null);
}

export async function askAbout(
  kind: Kind,
  path: string,
  id: string,
  reference: string,
  call: Call,
): Promise<Outcome> {
  const reply = readReply(await call.send(get(call, `${path}/${segment(id)}`)));
  return reply.kind === 'object'
    ? checked(kind, reply.object, reference, call, id)
    : nothingLearned(reply);
}

export async function lookFor(
  kind: Kind,
  path: string,
  query: Form,
  reference: string,
  call: Call,
): Promise<Outcome> {
  const { found, sawAll } = await searchList(
    call,
    path,
    query,
    (object) => referenceIn(object) === reference,
  );
  if (found !== null) return checked(kind, found, reference, call, null);
  return sawAll
    ? {
        kind: 'unknown',
        reason: `Stripe lists no ${kind.word} with our reference`,
        notFound: true,
      }
    : unknown(`the ${kind.word} was not found among those that Stripe listed`);
}

function checked(
  { type, outcomeOf }: Kind,
  object: Json,
  reference: string,
  { mode }: Call,
  id: string | null,
): Outcome {
  const wrong = mismatch(object, type, { reference, mode, id });
  return wrong === null ? outcomeOf(object) : unknown(wrong);
}
