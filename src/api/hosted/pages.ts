// The pages a customer's browser meets on our side: /return/{payment} after the PSP's page, and
// /checkout/{payment}/{client secret} for PSPs whose payment happens in their browser library. A browser coming back
// proves nothing: it only makes us ask the PSP.
import { Type } from 'typebox';
import type { PaymentRecord } from '../../domain/payment/payment.ts';
import type { Context } from '../../flows/context.ts';
import { clientCheckoutOf } from '../../flows/payment/client-checkout.ts';
import { isClientSecret } from '../../flows/payment/client-secret.ts';
import { confirmPayment, findPublicPayment } from '../../flows/payment/find-payment.ts';
import { Problem } from '../../kernel/problem.ts';
import type { App, Surface } from '../app.ts';
import { flatEnvelope } from '../flat-envelope.ts';
import { checkoutPage, resultPage } from './html.ts';

const ReturnParams = Type.Object({ id: Type.String({ maxLength: 64 }) });
const CheckoutParams = Type.Object({
  id: Type.String({ maxLength: 64 }),
  secret: Type.String({ maxLength: 128 }),
});
const ReturnQuery = Type.Object({ canceled: Type.Optional(Type.String()) });

export function hostedPages(context: Context): Surface[] {
  const surface = (prefix: string, routes: (app: App) => void): Surface => ({
    name: 'hosted',
    prefix,
    envelope: flatEnvelope,
    title: null,
    guardsBodies: true,
    routes,
  });
  return [
    surface('/return', (app) => returnRoutes(app, context)),
    surface('/checkout', (app) => checkoutRoutes(app, context)),
  ];
}

function returnRoutes(app: App, context: Context): void {
  app.get(
    '/:id',
    { schema: { params: ReturnParams, querystring: ReturnQuery } },
    async (request, reply) => {
      const found = await findPublicPayment(context, request.params.id);
      if (!found) throw new Problem(404, 'not_found', 'Payment not found');
      const record = await confirmPayment(
        context,
        found.environment,
        found.record.payment.id,
        'redirect',
      );
      const back = backUrl(record, request.query.canceled !== undefined);
      if (back !== null) return reply.redirect(back, 303);
      const { html, policy } = resultPage(record.payment);
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', policy)
        .send(html);
    },
  );
}

/** Only to the URL that the merchant gave when the payment was made: nothing of the query decides where to. */
function backUrl({ payment }: PaymentRecord, canceled: boolean): string | null {
  const { returnUrl, cancelUrl } = payment.request;
  const target = canceled ? (cancelUrl ?? returnUrl) : returnUrl;
  if (target === null) return null;
  const url = new URL(target);
  url.searchParams.set('payment_id', payment.id);
  url.searchParams.set('status', payment.status);
  if (payment.reference !== null) url.searchParams.set('reference', payment.reference);
  return url.href;
}

function checkoutRoutes(app: App, context: Context): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, _body, done) => done(null, undefined),
  );
  app.route({
    method: ['GET', 'POST'],
    url: '/:id/:secret',
    schema: { params: CheckoutParams },
    handler: async (request, reply) => {
      const { id, secret } = request.params;
      const found = await findPublicPayment(context, id);
      if (!found || !isClientSecret(context, found.record, secret))
        throw new Problem(404, 'not_found', 'Payment not found');
      const checkout = await clientCheckoutOf(context, found.environment, found.record);
      if (checkout === null) return reply.redirect(`${context.publicUrl}/return/${id}`, 303);
      // The simulator's own page stands in for a page with the PSP's library; a form post is passed on as it is.
      if (checkout.simulatorPage !== null) return reply.redirect(checkout.simulatorPage, 307);
      const { html, policy } = checkoutPage(found.record.payment, checkout);
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', policy)
        .send(html);
    },
  });
}
