// POST /v1/payments/{id}/refund.
import { Type } from 'typebox';
import type { Context } from '../../../flows/context.ts';
import { refundPayment } from '../../../flows/operation/refund-payment.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { IdParams } from '../schemas.ts';
import { answerOnce } from './answer-once.ts';
import { refundView } from './view.ts';

/** amount absent, null or 0: all that is left (api/reevit.md section 4). */
const RefundBody = Type.Optional(
  Type.Object({
    amount: Type.Optional(
      Type.Union([Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), Type.Null()]),
    ),
    reason: Type.Optional(Type.Union([Type.String({ maxLength: 500 }), Type.Null()])),
  }),
);

export function refundRoutes(app: App, context: Context): void {
  app.post(
    '/payments/:id/refund',
    {
      config: { scopes: ['payments:write'], invalidCodes: { amount: 'invalid_amount' } },
      schema: { params: IdParams, body: RefundBody },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { amount, reason } = request.body ?? {};
      return answerOnce(context, caller, request, reply, {
        status: 201,
        run: (options) =>
          refundPayment(
            context,
            caller.environment,
            request.params.id,
            { amountMinor: amount ? BigInt(amount) : null, reason: reason ?? '' },
            options,
          ),
        render: ({ operation }) => (operation ? refundView(operation) : {}),
      });
    },
  );
}
