// POST /v1/payments/intents, PATCH /v1/payments/intents/{id}, POST /v1/routing/simulate.
import { Type } from 'typebox';
import { createPayment, routeFor } from '../../../flows/charge/index.ts';
import type { Context } from '../../../flows/context.ts';
import { checkVelocity } from '../../../flows/payment/check-velocity.ts';
import { updatePayment } from '../../../flows/payment/update-payment.ts';
import { invalid } from '../../../kernel/problem.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { boundedMetadata, MetadataBody } from '../metadata.ts';
import { IdParams } from '../schemas.ts';
import { answerOnce, isBrowserKey } from './answer-once.ts';
import { IntentBody, readIntent } from './read-intent.ts';
import { paymentView } from './view.ts';

const codes = {
  missingCodes: { amount: 'invalid_amount', currency: 'invalid_currency' },
  invalidCodes: {
    amount: 'invalid_amount',
    currency: 'invalid_currency',
    method: 'invalid_method',
    country: 'invalid_country',
  },
};

const UpdateBody = Type.Object({
  amount: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
  metadata: Type.Optional(MetadataBody),
});

export function intentRoutes(app: App, context: Context): void {
  app.post(
    '/payments/intents',
    {
      config: { scopes: ['payments:write', 'checkout:write'], ...codes },
      schema: { body: IntentBody },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { environment } = caller;
      const configuration = await context.configurations.get(environment);
      const asked = readIntent(
        request.body,
        environment.defaultCountry,
        isBrowserClient(request.headers, caller.scopes),
      );
      const velocityMax = request.body.policy?.velocity_max_per_minute ?? 0;
      return answerOnce(context, caller, request, reply, {
        status: 201,
        // core's keys leave these out, so a reload may change them (api/reevit.md section 12).
        ignored: isBrowserKey(caller.scopes) ? ['metadata', 'description', 'reference'] : [],
        render: ({ record }) => paymentView({ context, environment, configuration }, record),
        run: async (options) => {
          await checkVelocity(context, environment, asked.customer.id, velocityMax);
          return {
            record: await createPayment(context, environment, asked, options),
            operation: null,
          };
        },
      });
    },
  );

  app.patch(
    '/payments/intents/:id',
    {
      config: { scopes: ['payments:write'], ...codes },
      schema: { body: UpdateBody, params: IdParams },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { environment } = caller;
      const { amount, metadata } = request.body;
      if (amount === undefined && metadata === undefined) {
        throw invalid('validation_error', 'Send at least one of amount and metadata');
      }
      const change = {
        amountMinor: amount === undefined ? null : BigInt(amount),
        metadata: metadata === undefined ? null : boundedMetadata(metadata),
      };
      const configuration = await context.configurations.get(environment);
      return answerOnce(context, caller, request, reply, {
        status: 200,
        paymentId: request.params.id,
        render: ({ record }) => paymentView({ context, environment, configuration }, record),
        run: async (options) => ({
          record: await updatePayment(context, environment, request.params.id, change, options),
          operation: null,
        }),
      });
    },
  );

  app.post(
    '/routing/simulate',
    {
      config: { scopes: ['payments:write', 'payments:read', 'routing_rules:read'], ...codes },
      schema: { body: IntentBody },
    },
    async (request) => {
      const caller = callerOf(request);
      const configuration = await context.configurations.get(caller.environment);
      const asked = readIntent(request.body, caller.environment.defaultCountry, false);
      const seed = request.id; // a split is drawn as for a payment of this moment
      const plan = routeFor(context, caller.environment, configuration, asked, seed);
      return {
        would_route: plan.candidates.length > 0,
        rule_id: plan.ruleId,
        fallback_to_default: plan.fallbackToDefault,
        candidates: plan.candidates.map(({ connectionId, provider, source, mayFallBackTo }) => ({
          connection_id: connectionId,
          provider,
          source,
          may_fall_back_to: mayFallBackTo,
        })),
        considered: plan.considered.map(({ connectionId, ...rest }) => ({
          connection_id: connectionId,
          ...rest,
        })),
        rules: plan.rules.map(({ ruleId, ...rest }) => ({ rule_id: ruleId, ...rest })),
      };
    },
  );
}

/** The widgets finish a payment with the PSP's browser library (api/reevit.md sections 1, 16). */
function isBrowserClient(
  headers: Readonly<Record<string, unknown>>,
  scopes: readonly string[],
): boolean {
  const client = headers['x-reevit-client'];
  return (
    isBrowserKey(scopes) ||
    (typeof client === 'string' && /^@reevit\/(core|react|vue|svelte)$/.test(client))
  );
}
