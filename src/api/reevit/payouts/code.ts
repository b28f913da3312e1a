// What a merchant submits for a payout that waits for it: the OTP that a PSP sent him. As for payments.
import { Type } from 'typebox';
import type { Context } from '../../../flows/context.ts';
import {
  findPayout,
  findPayoutFacts,
  resendPayoutCode,
  submitPayoutCode,
} from '../../../flows/payout/index.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { idempotentAround } from '../../idempotency/idempotent.ts';
import { IdParams } from '../schemas.ts';
import { payoutView } from './view.ts';

const SubmitBody = Type.Object({
  type: Type.Union([Type.Literal('otp'), Type.Literal('pin')]),
  value: Type.String({ minLength: 1, maxLength: 64 }),
});
const writes = { scopes: ['payouts:write'] };

export function codeRoutes(app: App, context: Context): void {
  app.post(
    '/payouts/:id/submit-action',
    {
      config: writes,
      schema: { summary: 'Pass on what the PSP asks for', params: IdParams, body: SubmitBody },
    },
    async (request, reply) => {
      const { environment } = callerOf(request);
      const { id } = request.params;
      const { type, value } = request.body;
      return idempotentAround(context, request, reply, async () => {
        const record = await submitPayoutCode(context, environment, id, type, value);
        const facts = await findPayoutFacts(context, environment, id);
        return { status: 200, body: payoutView(environment, record, facts) };
      });
    },
  );

  app.post(
    '/payouts/:id/resend-otp',
    {
      config: writes,
      schema: { summary: 'Have the PSP send its OTP again', params: IdParams },
    },
    async (request, reply) => {
      const { environment } = callerOf(request);
      const { id } = request.params;
      return idempotentAround(context, request, reply, async () => {
        const message = await resendPayoutCode(context, environment, id);
        const record = await findPayout(context, environment, id);
        const facts = await findPayoutFacts(context, environment, id);
        return { status: 200, body: { ...payoutView(environment, record, facts), message } };
      });
    },
  );
}
