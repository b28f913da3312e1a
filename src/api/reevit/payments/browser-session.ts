// POST /v1/payments/hubtel/sessions/{id}: what Hubtel's browser widget starts with, for the payment's client secret or a key.
import type { FastifyRequest } from 'fastify';
import type { PaymentRecord } from '../../../domain/payment/payment.ts';
import type { Context, Environment } from '../../../flows/context.ts';
import { browserSession } from '../../../flows/payment/browser-session.ts';
import { clientSecretOf } from '../../../flows/payment/client-secret.ts';
import { findBySecret, findPayment } from '../../../flows/payment/find-payment.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { IdParams, SecretQuery } from '../schemas.ts';

export function browserSessionRoutes(app: App, context: Context): void {
  async function find(
    request: FastifyRequest,
    id: string,
    secret: string | undefined,
  ): Promise<{ readonly environment: Environment; readonly record: PaymentRecord }> {
    if (secret !== undefined) return findBySecret(context, id, secret);
    const { environment } = callerOf(request);
    return { environment, record: await findPayment(context, environment, id) };
  }

  app.post(
    '/payments/hubtel/sessions/:id',
    {
      config: { scopes: ['payments:write', 'checkout:write'], orClientSecret: true },
      schema: {
        summary: "Start Hubtel's browser widget",
        params: IdParams,
        querystring: SecretQuery,
      },
    },
    async (request) => {
      const { id } = request.params;
      const { environment, record } = await find(request, id, request.query.client_secret);
      const session = await browserSession(context, environment, record);
      const leftMs = session.expiresAtMs - context.ports.clock.nowMs();
      return {
        token: clientSecretOf(context, record.payment),
        merchantAccount: session.merchantAccount,
        basicAuth: session.basicAuth,
        expiresInSeconds: Math.max(0, Math.floor(leftMs / 1000)),
        expiresAt: Math.floor(session.expiresAtMs / 1000),
      };
    },
  );
}
