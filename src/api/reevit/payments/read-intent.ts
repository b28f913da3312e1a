// The body of POST /v1/payments/intents: what every client sends, and what it means (api/reevit.md section 5).
// Unknown fields are ignored; wrong types and values are refused by name.
import { Type } from 'typebox';
import { normaliseMethod } from '../../../domain/connection/method.ts';
import type { PaymentRequest } from '../../../domain/payment/payment.ts';
import type { NewPayment } from '../../../flows/charge/index.ts';
import { countryOfCurrency, isCountry } from '../../../kernel/country.ts';
import { isCurrency } from '../../../kernel/currency.ts';
import { invalid } from '../../../kernel/problem.ts';
import { boundedMetadata, MetadataBody } from '../metadata.ts';

const Text = (maxLength: number) => Type.Union([Type.String({ maxLength }), Type.Null()]);
const Optional = Type.Optional;
const Words = Type.Array(Type.String({ maxLength: 64 }), { maxItems: 20 });

/** A PSP token or account to charge at once. Never a card number: those are refused everywhere. */
export const InstrumentBody = Type.Object({
  token: Optional(Text(255)),
  phone: Optional(Text(32)),
  network: Optional(Text(32)),
  bank_code: Optional(Text(32)),
  account_number: Optional(Text(34)),
});

export const IntentBody = Type.Object({
  amount: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  currency: Type.String({ minLength: 1, maxLength: 3 }),
  method: Optional(Text(32)),
  country: Optional(Text(2)),
  customer_id: Optional(Text(255)),
  phone: Optional(Text(32)),
  reference: Optional(Text(255)),
  description: Optional(Text(1_000)),
  metadata: Optional(Type.Union([MetadataBody, Type.Null()])),
  policy: Optional(
    Type.Object({
      prefer: Optional(Words),
      allowed_providers: Optional(Words),
      max_amount: Optional(Type.Integer({ minimum: 0 })),
      velocity_max_per_minute: Optional(Type.Integer({ minimum: 0 })),
    }),
  ),
  capture_method: Optional(Type.Union([Type.Literal('automatic'), Type.Literal('manual')])),
  save_payment_method: Optional(Type.Boolean()),
  payment_method_id: Optional(Text(255)),
  payment_method: Optional(Type.Union([InstrumentBody, Type.Null()])),
  connection_id: Optional(Text(128)),
  return_url: Optional(Text(2_000)),
  cancel_url: Optional(Text(2_000)),
});

export type IntentFields = Type.Static<typeof IntentBody>;

export function readIntent(
  body: IntentFields,
  defaultCountry: string | null,
  usesWidget: boolean,
): NewPayment {
  const currency = currencyOf(body.currency);
  const metadata = boundedMetadata(body.metadata ?? {});
  const maxAmount = body.policy?.max_amount ?? 0;
  if (maxAmount > 0 && body.amount > maxAmount) {
    throw invalid(
      'max_amount_exceeded',
      `amount is over the request's own policy.max_amount of ${maxAmount}`,
      'amount',
    );
  }
  return {
    amountMinor: BigInt(body.amount),
    currency,
    method: methodOf(body.method),
    country: countryOf(body.country, currency, defaultCountry),
    customer: customerOf(body, metadata),
    reference: filled(body.reference),
    description: filled(body.description),
    metadata,
    captureMethod: body.capture_method ?? 'automatic',
    request: requestOf(body, usesWidget),
    source: 'api',
  };
}

function currencyOf(text: string): string {
  const currency = text.toUpperCase();
  if (isCurrency(currency)) return currency;
  throw invalid('invalid_currency', `currency ${text} is not an ISO 4217 code`, 'currency');
}

function methodOf(text: string | null | undefined): NewPayment['method'] {
  const word = filled(text);
  if (word === null) return null;
  const method = normaliseMethod(word);
  if (method !== null) return method;
  throw invalid('invalid_method', `method ${word} is not known`, 'method');
}

function countryOf(
  text: string | null | undefined,
  currency: string,
  defaultCountry: string | null,
): string | null {
  const country = filled(text)?.toUpperCase() ?? null;
  if (country === null) return countryOfCurrency(currency) ?? defaultCountry;
  if (isCountry(country)) return country;
  throw invalid(
    'invalid_country',
    `country ${country} is not an ISO 3166-1 alpha-2 code`,
    'country',
  );
}

function customerOf(
  body: IntentFields,
  metadata: Readonly<Record<string, unknown>>,
): NewPayment['customer'] {
  const id = filled(body.customer_id);
  const said = (name: string) => {
    const value = metadata[name];
    return typeof value === 'string' && value !== '' && value.length <= 255 ? value : null;
  };
  return {
    id,
    email:
      said('customer_email') ?? (id !== null && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(id) ? id : null),
    name: said('customer_name'),
    phone: filled(body.phone) ?? said('customer_phone'),
  };
}

function requestOf(body: IntentFields, usesWidget: boolean): PaymentRequest {
  const returnUrl = pageUrl(body.return_url, 'return_url');
  return {
    instrument: instrumentOf(body.payment_method, body.payment_method_id),
    // A merchant who names a page to come back to has no widget: the PSP's own page it is.
    presentation: returnUrl !== null && !usesWidget ? 'page' : 'client',
    returnUrl,
    cancelUrl: pageUrl(body.cancel_url, 'cancel_url'),
    saveInstrument: body.save_payment_method ?? false,
    allowedProviders: body.policy?.allowed_providers ?? [],
    prefer: body.policy?.prefer ?? [],
    forcedConnectionId: filled(body.connection_id),
  };
}

export function instrumentOf(
  given: Type.Static<typeof InstrumentBody> | null | undefined,
  paymentMethodId: string | null | undefined,
): PaymentRequest['instrument'] {
  const token = filled(given?.token) ?? filled(paymentMethodId);
  // An empty object is a choice too: an account to pay into needs nothing of the customer, but no page.
  if (token === null && (given === undefined || given === null)) return null;
  return {
    token,
    phone: filled(given?.phone),
    network: filled(given?.network)?.toLowerCase() ?? null,
    bankCode: filled(given?.bank_code),
    accountNumber: filled(given?.account_number),
  };
}

function pageUrl(text: string | null | undefined, field: string): string | null {
  const value = filled(text);
  if (value === null) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url && (url.protocol === 'https:' || url.protocol === 'http:')) return url.href;
  throw invalid('validation_error', `${field} must be an http or https URL`, field);
}

function filled(text: string | null | undefined): string | null {
  return text === undefined || text === null || text.trim() === '' ? null : text.trim();
}
