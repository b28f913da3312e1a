// tests/*.json: one transaction, what happens to it step by step, and what is expected of each step. Data only, so that
// a test can be read by whoever knows the PSP.
import { Ajv, type ValidateFunction } from 'ajv';
import { type Static, Type } from 'typebox';
import { isCurrency } from '../../kernel/currency.ts';
import { parseDecimal, toDecimalText } from '../../kernel/money.ts';

const closed = { additionalProperties: false };
const Texts = Type.Record(Type.String(), Type.String());

/** A recorded answer: to the requests of a step, in order. `lost`: the PSP got it, and its answer never came. */
const Reply = Type.Object(
  {
    to: Type.String({ pattern: '^(GET|POST|PUT|PATCH|DELETE) https?://\\S+$' }),
    status: Type.Optional(Type.Integer({ minimum: 100, maximum: 599 })),
    headers: Type.Optional(Texts),
    json: Type.Optional(Type.Unknown()),
    text: Type.Optional(Type.String()),
    lost: Type.Optional(Type.Literal(true)),
    refused: Type.Optional(Type.Literal(true)),
    /** The request's body holds each of these texts. */
    holding: Type.Optional(Type.Array(Type.String())),
  },
  closed,
);

const Message = Type.Object(
  {
    headers: Type.Optional(Texts),
    query: Type.Optional(Texts),
    text: Type.Optional(Type.String()),
  },
  closed,
);

const Step = Type.Object(
  {
    do: Type.Enum(['initiate', 'redirect', 'webhook', 'sync', 'press']),
    /** `press`: the button of the payment page. */
    button: Type.Optional(Type.Enum(['success', 'failure', 'cancel'])),
    /** `webhook`, `redirect`: instead of what the simulator sent. */
    message: Type.Optional(Message),
    replies: Type.Optional(Type.Array(Reply)),
    /** Members that the step must have come to; `"*"` stands for anything. */
    expect: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  closed,
);

const CaseFile = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    action: Type.Enum(['DEPOSIT', 'WITHDRAW', 'REFUND']),
    amount: Type.String(),
    currency: Type.String(),
    live: Type.Optional(Type.Boolean()),
    credential: Texts,
    /** More of `executePayload.body`. */
    body: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    /** Where requests without recorded replies go. */
    simulator: Type.Optional(Type.String({ pattern: '^[a-z0-9-]+$' })),
    /** Another file of the folder that is played first: the deposit of a refund. */
    after: Type.Optional(Type.String()),
    steps: Type.Array(Step, { minItems: 1 }),
  },
  closed,
);

export type Case = Static<typeof CaseFile>;
export type CaseStep = Case['steps'][number];
export type RecordedReply = NonNullable<CaseStep['replies']>[number];

/** Compiled for the first case: every other command does without. */
let compiled: ValidateFunction<Case> | null = null;

export function readCase(
  value: unknown,
): { readonly case: Case } | { readonly problems: readonly string[] } {
  compiled ??= new Ajv({ allErrors: true, strict: true }).compile<Case>(CaseFile);
  const matches = compiled;
  if (!matches(value))
    return {
      problems: (matches.errors ?? []).map(({ instancePath, message, params }) => {
        const named = (params as { additionalProperty?: string }).additionalProperty;
        const place = instancePath.slice(1).replaceAll('/', '.') || 'the file';
        return `${place} ${message ?? 'is wrong'}${named === undefined ? '' : `: ${named}`}`;
      }),
    };
  const { amount, currency } = value;
  const minor = isCurrency(currency) ? parseDecimal(amount, currency) : null;
  if (minor !== null && toDecimalText({ amountMinor: minor, currency }) === amount)
    return { case: value };
  return {
    problems: ['amount must be decimal text with all decimals of an ISO currency: "12.00"'],
  };
}
