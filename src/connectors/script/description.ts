// `connector.json`: what a script connector says of itself, beside its script. The same file describes the built-in
// script connectors and those that merchants write. It holds data only: what a script may do is decided elsewhere.
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false };
const StepName = Type.Union(
  (['initiate', 'redirect', 'webhook', 'sync'] as const).map((step) => Type.Literal(step)),
);
const JsonSchema = Type.Record(Type.String(), Type.Unknown());
/** Paths into `{body, query}` of an inbound message: `$.body.referenceId`. */
const Paths = Type.Array(Type.String({ pattern: '^\\$\\.(body|query)(\\.[A-Za-z0-9_-]+)+$' }), {
  maxItems: 20,
});
const Words = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 500 });

const Action = Type.Object(
  {
    /** Fixed where a published document names it; absent: given when it is installed. */
    definitionId: Type.Optional(Type.String({ pattern: '^fld_[0-9A-Za-z_]{1,64}$' })),
    /** The file beside connector.json that holds the module. */
    script: Type.String({ pattern: '^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$' }),
    steps: Type.Array(StepName, { minItems: 1, uniqueItems: true }),
    /** For `executePayload.body`; `{}`: the default of the API. */
    inputSchema: JsonSchema,
    outputSchema: JsonSchema,
    /** Allowed transitions by state; null: the canonical ones. */
    flowConfiguration: Type.Union([Type.Null(), Type.Record(Type.String(), Words)]),
  },
  closed,
);

const ConnectorFile = Type.Object(
  {
    key: Type.String({ pattern: '^[a-z0-9-]{2,40}$' }),
    version: Type.String({ pattern: '^\\d{1,4}\\.\\d{1,4}\\.\\d{1,4}$' }),
    name: Type.String({ minLength: 1, maxLength: 100 }),
    logo: Type.Union([Type.Null(), Type.String({ maxLength: 262_144 })]),
    targetId: Type.Optional(Type.String({ pattern: '^ftg_[0-9A-Za-z_]{1,64}$' })),
    credentialSchema: JsonSchema,
    /** Empty: unrestricted. */
    inputSchema: Type.Object(
      { currencies: Words, countries: Words, paymentMethods: Words },
      closed,
    ),
    /** Hosts that the script may call, with an optional port and path: `api.example.com/v2/`. */
    egress: Type.Array(
      Type.String({ pattern: '^[A-Za-z0-9.-]{1,253}(:\\d{1,5})?(/[A-Za-z0-9._~/-]*)?$' }),
      { maxItems: 20 },
    ),
    webhook: Type.Object(
      {
        /** Who checks an inbound message: the host, the script, or nobody: then it is only a reason to ask. */
        verify: Type.Union([
          Type.Literal('hmac-sha256'),
          Type.Literal('script'),
          Type.Literal('none+sync'),
        ]),
        hmac: Type.Optional(
          Type.Object(
            {
              header: Type.String({ minLength: 1, maxLength: 100 }),
              /** The credential that is the key. */
              keyFrom: Type.String({ minLength: 1, maxLength: 100 }),
              encoding: Type.Union([Type.Literal('hex'), Type.Literal('base64')]),
            },
            closed,
          ),
        ),
        ack: Type.Object(
          {
            status: Type.Integer({ minimum: 200, maximum: 299 }),
            body: Type.String({ maxLength: 1_000 }),
            contentType: Type.String({ maxLength: 100 }),
          },
          closed,
        ),
        /** Where our transaction id stands in a message whose URL has none, and where the PSP's own id does. */
        locate: Paths,
        locatePsp: Paths,
      },
      closed,
    ),
    capabilities: Type.Object(
      {
        partialRefund: Type.Boolean(),
        /** A deposit that comes back without navigation is done. */
        direct: Type.Boolean(),
        reportsAmount: Type.Boolean(),
        linkLifetimeSec: Type.Integer({ minimum: 0, maximum: 31_536_000 }),
        abandonAfterSec: Type.Integer({ minimum: 60, maximum: 31_536_000 }),
      },
      closed,
    ),
    /** The PSP's codes as classes of connector-contract.md 2.3; a code that is not here is `unknown`. */
    errors: Type.Record(
      Type.String({ maxLength: 64 }),
      Type.Union(
        (
          [
            'declined',
            'insufficient_funds',
            'limit_exceeded',
            'expired',
            'cancelled_by_payer',
            'invalid_request',
            'invalid_account',
            'duplicate',
            'authentication',
            'configuration',
            'rate_limited',
            'psp_unavailable',
            'unknown',
          ] as const
        ).map((word) => Type.Literal(word)),
      ),
    ),
    actions: Type.Object(
      {
        DEPOSIT: Type.Optional(Action),
        WITHDRAW: Type.Optional(Action),
        REFUND: Type.Optional(Action),
      },
      { ...closed, minProperties: 1 },
    ),
  },
  closed,
);

export type ScriptConnector = Static<typeof ConnectorFile>;

/** Our schema is typed, so its form is not checked again, and V8 optimizes by itself: every start of a server waits. */
const options = { validateSchema: false, code: { optimize: false } } as const;
/** Compiled when it is first needed: commands that read no connector do without. */
let compiled: ValidateFunction<ScriptConnector> | null = null;

function validator(): ValidateFunction<ScriptConnector> {
  const strictness = { allErrors: true, strict: true, strictRequired: false } as const;
  return formats.default(new Ajv({ ...options, ...strictness })).compile(ConnectorFile);
}

/** Never throws; each problem is a sentence that begins with the place: `actions.DEPOSIT.steps must be array`. */
export function readScriptConnector(
  value: unknown,
): { readonly connector: ScriptConnector } | { readonly problems: readonly string[] } {
  compiled ??= validator();
  const matches = compiled;
  if (matches(value)) return { connector: value };
  const problems = (matches.errors ?? []).map(({ instancePath, message, params }) => {
    const place = instancePath.slice(1).replaceAll('/', '.') || 'connector.json';
    const named = (params as { additionalProperty?: string }).additionalProperty;
    return `${place} ${message ?? 'is wrong'}${named === undefined ? '' : `: ${named}`}`;
  });
  return { problems };
}
