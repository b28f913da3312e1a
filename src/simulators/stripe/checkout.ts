// Checkout Sessions (psp/stripe.md section 2.2): a hosted page for one payment. The intent is made when the payer
// first submits; several tries may fail on one open session; it ends completed or expired.
import type { Account } from './account.ts';
import { checkAccount } from './account-routes.ts';
import type { Api } from './api.ts';
import { checkAmount, currency } from './currencies.ts';
import { findCustomer } from './customers.ts';
import { invalidRequest, noSuch, refused } from './errors.ts';
import { emit } from './events.ts';
import { canceled } from './intents.ts';
import { mergedMetadata, originOf } from './metadata.ts';
import { methodOptions } from './methods.ts';
import type { CheckoutSession } from './objects.ts';
import {
  boolean,
  ignored,
  integer,
  list,
  metadata,
  missing,
  moment,
  notSimulated,
  object,
  oneOf,
  type Read,
  shape,
  text,
  unknownParameters,
  url,
} from './params.ts';
import { listPage, nothing, paging } from './wire.ts';

export const SESSION_EXPIRES = 'stripe session expires';
const DAY_S = 86_400;
const SHORTEST_S = 30 * 60;

const productData = object(
  shape({ name: text(250) }, { description: text(), images: ignored, metadata, tax_code: ignored }),
);
const priceData = object(
  shape(
    { currency },
    {
      unit_amount: integer(0),
      product_data: productData,
      product: notSimulated,
      recurring: notSimulated,
      tax_behavior: ignored,
    },
  ),
);
const lineItem = object(
  shape({}, { price_data: priceData, quantity: integer(1, 999_999), price: notSimulated }),
);
const intentData = object(
  shape(
    {},
    {
      capture_method: oneOf('automatic', 'automatic_async', 'manual'),
      description: text(1000),
      metadata,
      receipt_email: text(800),
      setup_future_usage: oneOf('off_session', 'on_session'),
      shipping: ignored,
      statement_descriptor: text(22),
      statement_descriptor_suffix: text(22),
      application_fee_amount: notSimulated,
      on_behalf_of: notSimulated,
      transfer_data: notSimulated,
      transfer_group: ignored,
    },
  ),
);

const createShape = shape(
  {},
  {
    mode: oneOf('payment', 'setup', 'subscription'),
    line_items: list(lineItem),
    success_url: url,
    cancel_url: url,
    client_reference_id: text(200),
    currency,
    customer: text(),
    customer_creation: oneOf('always', 'if_required'),
    customer_email: text(800),
    expires_at: integer(),
    metadata,
    payment_intent_data: intentData,
    payment_method_types: list(text(50)),
    allowed_payment_method_types: list(text(50)),
    excluded_payment_method_types: ignored,
    payment_method_options: methodOptions,
    payment_method_configuration: ignored,
    allow_promotion_codes: boolean,
    automatic_tax: ignored,
    billing_address_collection: oneOf('auto', 'required'),
    consent_collection: ignored,
    custom_text: ignored,
    locale: ignored,
    phone_number_collection: ignored,
    submit_type: ignored,
    ui_mode: oneOf('hosted', 'hosted_page'),
    adaptive_pricing: ignored,
    saved_payment_method_options: ignored,
  },
);
type CreateParams = Read<typeof createShape.required, typeof createShape.optional>;

function createSession(account: Account, params: CreateParams): CheckoutSession {
  checkAccount(account);
  if (params.payment_method_types !== undefined && account.request.version >= '2026-09-30')
    throw unknownParameters(['payment_method_types']);
  if (params.mode === undefined) throw missing('mode');
  if (params.mode !== 'payment')
    throw invalidRequest(`The simulator only knows mode 'payment', not '${params.mode}'.`, 'mode');
  if (params.success_url === undefined) throw missing('success_url');
  const { lines, code, total } = readLines(params);
  if (params.customer !== undefined) findCustomer(account, params.customer, 'customer');
  const expiresAt = expiry(account, params.expires_at);
  const given = mergedMetadata({}, params.metadata);
  const intentGiven = mergedMetadata({}, params.payment_intent_data?.metadata);
  const id = account.newId(account.livemode ? 'cs_live' : 'cs_test');
  const clientReference = params.client_reference_id ?? null;
  const data = params.payment_intent_data;
  const session = account.sessions.put({
    id,
    object: 'checkout.session',
    amount_subtotal: total,
    amount_total: total,
    cancel_url: params.cancel_url ?? null,
    client_reference_id: clientReference,
    created: account.nowS(),
    currency: code,
    customer: params.customer ?? null,
    customer_details: null,
    customer_email: params.customer_email ?? null,
    expires_at: expiresAt,
    livemode: account.livemode,
    metadata: given,
    mode: 'payment',
    payment_intent: null,
    payment_method_types: params.payment_method_types ?? ['card'],
    payment_status: 'unpaid',
    status: 'open',
    success_url: params.success_url,
    url: `${account.parts.baseUrl()}/c/pay/${id}`,
    sim: {
      ...originOf(account, { ...given, ...intentGiven }, id, clientReference),
      wishes: account.wishes,
      createsCustomer: params.customer_creation === 'always',
      intent: {
        captureMethod: data?.capture_method ?? 'automatic',
        description: data?.description ?? null,
        metadata: intentGiven,
        receiptEmail: data?.receipt_email ?? null,
        setupFutureUsage: data?.setup_future_usage ?? null,
        statementDescriptorSuffix: data?.statement_descriptor_suffix ?? null,
      },
      lines,
    },
  });
  const openMs = (expiresAt - account.nowS()) * 1000;
  account.parts.schedule.after(openMs, account.key, SESSION_EXPIRES, id);
  return session;
}

function readLines({ line_items: items }: CreateParams) {
  if (items === undefined || items.length === 0) throw missing('line_items');
  const lines = items.map(({ price_data: price, quantity }, index) => {
    const path = `line_items[${index}]`;
    if (price === undefined) throw missing(`${path}[price_data]`);
    if (quantity === undefined) throw missing(`${path}[quantity]`);
    if (price.unit_amount === undefined) throw missing(`${path}[price_data][unit_amount]`);
    if (price.product_data === undefined) throw missing(`${path}[price_data][product_data]`);
    return {
      name: price.product_data.name,
      unitAmount: price.unit_amount,
      quantity,
      currency: price.currency,
    };
  });
  const code = lines[0]!.currency;
  if (lines.some(({ currency }) => currency !== code)) {
    throw invalidRequest(
      'Checkout Session line items must all have the same currency.',
      'line_items',
    );
  }
  const total = lines.reduce((sum, { unitAmount, quantity }) => sum + unitAmount * quantity, 0);
  checkAmount(total, code, 'line_items');
  return { lines, code, total };
}

function expiry(account: Account, wanted: number | undefined): number {
  const now = account.nowS();
  if (wanted === undefined) return now + DAY_S;
  if (wanted < now + SHORTEST_S - 60)
    throw invalidRequest(
      'The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.',
      'expires_at',
    );
  if (wanted > now + DAY_S + 60)
    throw invalidRequest(
      'The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.',
      'expires_at',
    );
  return wanted;
}

/** Ends an open session, by the merchant or by time; an intent of a failed try ends with it. */
export function expireSession(account: Account, before: CheckoutSession): CheckoutSession {
  const session = account.sessions.put({ ...before, status: 'expired', url: null });
  const intent = before.payment_intent === null ? null : account.intents.get(before.payment_intent);
  if (intent && intent.status !== 'canceled' && intent.status !== 'succeeded')
    canceled(account, intent, 'expired');
  emit(account, 'checkout.session.expired', session);
  return session;
}

function findSession(account: Account, id: string): CheckoutSession {
  const session = account.sessions.get(id);
  if (!session) throw noSuch('checkout.session', id, 'session');
  return session;
}

export function checkoutRoutes(api: Api): void {
  api.post('/v1/checkout/sessions', createShape, createSession);
  api.get('/v1/checkout/sessions/:id', nothing, (account, _params, id) => findSession(account, id));
  api.get('/v1/checkout/sessions/:id/line_items', shape({}, paging), (account, _params, id) =>
    lineItems(findSession(account, id)),
  );
  api.post('/v1/checkout/sessions/:id', shape({}, { metadata }), (account, params, id) => {
    const session = findSession(account, id);
    const merged = mergedMetadata(session.metadata, params.metadata);
    return account.sessions.put({ ...session, metadata: merged });
  });
  api.post('/v1/checkout/sessions/:id/expire', nothing, (account, _params, id) => {
    const session = findSession(account, id);
    if (session.status === 'open') return expireSession(account, session);
    throw refused(
      'resource_missing',
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`,
      { param: 'session' },
    );
  });
  const listShape = shape(
    {},
    {
      ...paging,
      payment_intent: text(),
      customer: text(),
      status: oneOf('open', 'complete', 'expired'),
      created: moment,
    },
  );
  api.get('/v1/checkout/sessions', listShape, (account, params) => {
    const { payment_intent, customer, status, created, ...page } = params;
    return listPage(account, account.sessions, '/v1/checkout/sessions', page, (session) =>
      [
        payment_intent === undefined || session.payment_intent === payment_intent,
        customer === undefined || session.customer === customer,
        status === undefined || session.status === status,
        created?.(session.created) ?? true,
      ].every(Boolean),
    );
  });
}

export function lineItems({ id, sim, currency: code }: CheckoutSession): Record<string, unknown> {
  return {
    object: 'list',
    url: `/v1/checkout/sessions/${id}/line_items`,
    has_more: false,
    data: sim.lines.map(({ name, unitAmount, quantity }, index) => ({
      id: `li_${index + 1}${id.slice(-14)}`,
      object: 'item',
      amount_discount: 0,
      amount_subtotal: unitAmount * quantity,
      amount_tax: 0,
      amount_total: unitAmount * quantity,
      currency: code,
      description: name,
      quantity,
    })),
  };
}
