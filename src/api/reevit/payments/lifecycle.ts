// The rest of a payment's life: read, confirm, cancel, retry, capture, and what the customer typed.
import { Type } from 'typebox';
import { normaliseMethod } from '../../../domain/connection/method.ts';
import type { PaymentRecord } from '../../../domain/payment/payment.ts';
import { isClosedUnpaid } from '../../../domain/payment/status.ts';
import type { Context, Environment } from '../../../flows/context.ts';
import { capturePayment } from '../../../flows/operation/capture-payment.ts';
import { cancelPayment } from '../../../flows/payment/cancel-payment.ts';
import { confirmPayment, findBySecret, findPayment } from '../../../flows/payment/find-payment.ts';
import { retryPayment } from '../../../flows/payment/retry-payment.ts';
import { routePayment } from '../../../flows/payment/route-payment.ts';
import { submitAction } from '../../../flows/payment/submit-action.ts';
import { invalid, Problem } from '../../../kernel/problem.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { flatEnvelope } from '../../flat-envelope.ts';
import { idempotentAround } from '../../idempotency/idempotent.ts';
import { IdParams, SecretQuery } from '../schemas.ts';
import { answerOnce, type Result } from './answer-once.ts';
import { InstrumentBody, instrumentOf } from './read-intent.ts';
import { paymentView } from './view.ts';

const Amount = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const CaptureBody = Type.Optional(
  Type.Object({ amount: Type.Optional(Type.Union([Amount, Type.Null()])) }),
);

/** Empty for most clients. On a payment without a method: what the customer has chosen. */
const ConfirmBody = Type.Optional(
  Type.Object({
    method: Type.Optional(Type.String({ maxLength: 32 })),
    provider: Type.Optional(Type.String({ maxLength: 64 })),
    payment_method: Type.Optional(InstrumentBody),
    payment_method_id: Type.Optional(Type.String({ maxLength: 255 })),
  }),
);

const SubmitBody = Type.Object({
  type: Type.Union([
    Type.Literal('otp'),
    Type.Literal('pin'),
    Type.Literal('phone'),
    Type.Literal('birthday'),
    Type.Literal('address'),
  ]),
  value: Type.Union([
    Type.String({ minLength: 1, maxLength: 1_000 }),
    Type.Record(Type.String(), Type.String()),
  ]),
});

const writes = {
  config: { scopes: ['payments:write'], invalidCodes: { amount: 'invalid_amount' } },
};
const browserWrites = { config: { scopes: ['payments:write', 'checkout:write'] } };

export function lifecycleRoutes(app: App, context: Context): void {
  const show = async (environment: Environment, record: PaymentRecord) =>
    paymentView(
      { context, environment, configuration: await context.configurations.get(environment) },
      record,
    );

  app.get(
    '/payments/:id',
    { config: { scopes: ['payments:read', 'checkout:write'] }, schema: { params: IdParams } },
    async (request) => {
      const { environment } = callerOf(request);
      return show(environment, await findPayment(context, environment, request.params.id));
    },
  );

  app.post(
    '/payments/:id/confirm',
    { ...browserWrites, schema: { params: IdParams, body: ConfirmBody } },
    async (request, reply) => {
      const { environment } = callerOf(request);
      const { id } = request.params;
      const choice = choiceOf(request.body);
      return idempotentAround(context, request, reply, async () => {
        const record = choice
          ? await routePayment(context, environment, id, choice)
          : await confirmPayment(context, environment, id);
        return { status: 200, body: await show(environment, record) };
      });
    },
  );

  app.post(
    '/payments/:id/confirm-intent',
    { config: { open: true }, schema: { params: IdParams, querystring: SecretQuery } },
    async (request) => {
      const { id } = request.params;
      const { environment } = await findBySecret(context, id, request.query.client_secret ?? '');
      const record = await confirmPayment(context, environment, id);
      const { status } = record.payment;
      if (isClosedUnpaid(status)) {
        throw new Problem(400, 'payment_failed', `The payment is ${status}`, { status });
      }
      return show(environment, record);
    },
  );

  app.post(
    '/payments/:id/cancel',
    { ...browserWrites, schema: { params: IdParams } },
    (request, reply) =>
      idempotentAround(context, request, reply, async () => {
        const { environment } = callerOf(request);
        const record = await cancelPayment(context, environment, request.params.id);
        return { status: 200, body: await show(environment, record) };
      }),
  );

  app.post(
    '/payments/:id/retry',
    { ...writes, schema: { params: IdParams } },
    async (request, reply) => {
      const caller = callerOf(request);
      const { environment } = caller;
      const configuration = await context.configurations.get(environment);
      return answerOnce(context, caller, request, reply, {
        status: 200,
        paymentId: request.params.id,
        run: async (options) => ({
          record: await retryPayment(context, environment, request.params.id, options),
          operation: null,
        }),
        render: ({ record }) => paymentView({ context, environment, configuration }, record),
      });
    },
  );

  app.post(
    '/payments/:id/capture',
    { ...writes, schema: { params: IdParams, body: CaptureBody } },
    async (request, reply) => {
      const caller = callerOf(request);
      const { environment } = caller;
      const configuration = await context.configurations.get(environment);
      const amount = request.body?.amount;
      return answerOnce(context, caller, request, reply, {
        status: (result) => (captureProblem(result) ? 502 : 200),
        run: (options) =>
          capturePayment(
            context,
            environment,
            request.params.id,
            amount ? BigInt(amount) : null,
            options,
          ),
        render: (result) => {
          const problem = captureProblem(result);
          if (problem) return flatEnvelope(problem);
          return paymentView({ context, environment, configuration }, result.record);
        },
      });
    },
  );

  app.post(
    '/payments/:id/submit-action',
    { ...browserWrites, schema: { params: IdParams, body: SubmitBody } },
    async (request, reply) => {
      const { environment } = callerOf(request);
      const { type, value } = request.body;
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      return idempotentAround(context, request, reply, async () => {
        const record = await submitAction(context, environment, request.params.id, type, text);
        return { status: 200, body: await show(environment, record) };
      });
    },
  );
}

/** A capture that the PSP refused for good. */
function captureProblem({ operation }: Result): Problem | null {
  if (operation?.kind !== 'capture' || operation.status !== 'failed') return null;
  const details = { decline: operation.decline?.code ?? null };
  return new Problem(
    502,
    'capture_failed',
    operation.error || 'The PSP refused the capture',
    details,
  );
}

function choiceOf(body: Type.Static<typeof ConfirmBody>) {
  if (!body) return null;
  const instrument = instrumentOf(body.payment_method, body.payment_method_id);
  if (!body.method && !body.provider && !instrument) return null;
  const method = body.method ? normaliseMethod(body.method) : null;
  if (body.method && method === null)
    throw invalid('invalid_method', `method ${body.method} is not known`, 'method');
  return { method, provider: body.provider ?? null, instrument };
}
