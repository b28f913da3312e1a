// POST /v1/payments/{id}/mpesa: the M-PESA screen of the browser widgets, which send a public key or none.
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { authenticator, parseReevitKey } from '../../../flows/authenticate.ts';
import type { Context, Environment } from '../../../flows/context.ts';
import { promptOnPhone } from '../../../flows/payment/prompt-on-phone.ts';
import { Problem } from '../../../kernel/problem.ts';
import type { App } from '../../app.ts';
import { headerOf } from '../../auth/presented-key.ts';
import { IdParams } from '../schemas.ts';

/** Amount, currency, reference and description come too, and are not looked at: the payment has its own. */
const PromptBody = Type.Object({ phone_number: Type.String({ minLength: 1, maxLength: 32 }) });

export function phonePromptRoutes(app: App, context: Context): void {
  const authenticate = authenticator(context);

  /** The environment of the widget's key; null when it sends none. */
  async function shown(request: FastifyRequest): Promise<Environment | null> {
    const text = headerOf(request, 'x-reevit-public-key') ?? headerOf(request, 'x-reevit-key');
    if (text === null) return null;
    const key = parseReevitKey(text);
    if (!key) throw new Problem(401, 'invalid_api_key', 'The API key is not valid');
    return (await authenticate(key)).environment;
  }

  app.post(
    '/payments/:id/mpesa',
    {
      config: { open: true },
      schema: { summary: 'Ask for an M-PESA prompt', params: IdParams, body: PromptBody },
    },
    async (request) => {
      const { id } = request.params;
      const { phone_number: phone } = request.body;
      const record = await promptOnPhone(context, id, phone, await shown(request));
      const { payment } = record;
      return {
        checkout_request_id: payment.pspReference ?? '',
        payment_id: payment.id,
        status: payment.status,
      };
    },
  );
}
