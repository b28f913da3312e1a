// Payment methods: made from test tokens or test cards, attached to customers, spent. Card numbers are looked up in
// the table of test cards and forgotten: only brand, last four and behaviour are kept.
import { createHash } from 'node:crypto';
import type { Account } from './account.ts';
import type { Api } from './api.ts';
import { cardOfNumber, cardOfToken, isTestCard, refusalOf, type TestCard } from './cards.ts';
import { invalidRequest, noSuch, StripeError } from './errors.ts';
import type { PaymentMethod } from './objects.ts';
import {
  ignored,
  integer,
  metadata,
  notSimulated,
  object,
  oneOf,
  type Read,
  shape,
  text,
  unsettable,
} from './params.ts';
import { listPage, nothing, paging } from './wire.ts';

const billing = object(
  shape(
    {},
    {
      address: ignored,
      email: unsettable(text(500)),
      name: unsettable(text(500)),
      phone: unsettable(text(100)),
      tax_id: ignored,
    },
  ),
);

const card = object(
  shape(
    {},
    {
      number: text(30),
      exp_month: integer(),
      exp_year: integer(),
      cvc: unsettable(text(10)),
      token: text(100),
      networks: ignored,
    },
  ),
);

const methodFields = {
  card,
  billing_details: billing,
  metadata,
  allow_redisplay: oneOf('always', 'limited', 'unspecified'),
  radar_options: ignored,
} as const;
const methodShape = shape({ type: oneOf('card') }, methodFields);
type MethodParams = Read<typeof methodShape.required, typeof methodShape.optional>;

/** `payment_method_data` of an intent. */
export const methodData = object(methodShape);

/** `payment_method_options`: what would change how a card is charged is refused, not dropped. */
export const methodOptions = object(
  shape(
    {},
    {
      card: object(
        shape(
          {},
          {
            capture_method: notSimulated,
            installments: ignored,
            moto: ignored,
            network: ignored,
            request_extended_authorization: ignored,
            request_incremental_authorization: ignored,
            request_multicapture: ignored,
            request_overcapture: ignored,
            request_three_d_secure: oneOf('automatic'),
            setup_future_usage: notSimulated,
            statement_descriptor_suffix_kana: ignored,
            statement_descriptor_suffix_kanji: ignored,
          },
        ),
      ),
      link: ignored,
    },
  ),
);

export function createMethod(account: Account, params: MethodParams): PaymentMethod {
  const { card: details, billing_details, metadata: given } = params;
  if (!details) throw invalidRequest('Missing required param: card.', 'card', 'parameter_missing');
  const testCard =
    details.token !== undefined ? cardByToken(account, details.token) : numbered(account, details);
  return putMethod(account, testCard, {
    billing_details: { ...NO_BILLING, ...billing_details },
    metadata: given ?? {},
    expiry: [details.exp_month ?? 8, fullYear(details.exp_year ?? 2030)],
  });
}

/** The method that a request names: an existing one, or a new one from a test token (`pm_card_visa`). */
export function findMethod(account: Account, id: string, param = 'payment_method'): PaymentMethod {
  const existing = account.methods.get(id);
  if (existing) return existing;
  const testCard = cardOfToken(id);
  if (testCard && !account.livemode) return putMethod(account, testCard);
  if (!testCard) throw noSuch('PaymentMethod', id, param, param === 'id' ? 404 : 400);
  throw new StripeError(400, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such PaymentMethod: '${id}'; a similar object exists in test mode, but a live mode key was used to make this request.`,
    param,
  });
}

const NO_BILLING = { address: null, email: null, name: null, phone: null, tax_id: null };

interface Details {
  readonly billing_details?: object;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly expiry?: readonly [month: number, year: number];
}

export function putMethod(
  account: Account,
  testCard: TestCard,
  { billing_details = NO_BILLING, metadata: given = {}, expiry = [8, 2030] }: Details = {},
): PaymentMethod {
  const { brand, last4, country, funding } = testCard;
  return account.methods.put({
    id: account.newId('pm'),
    object: 'payment_method',
    type: 'card',
    billing_details,
    card: {
      brand,
      checks: {
        address_line1_check: null,
        address_postal_code_check: null,
        cvc_check: 'unchecked',
      },
      country,
      display_brand: brand,
      exp_month: expiry[0],
      exp_year: expiry[1],
      fingerprint: createHash('sha256')
        .update(`${account.id} ${brand} ${last4}`)
        .digest('hex')
        .slice(0, 16),
      funding,
      generated_from: null,
      last4,
      networks: { available: [brand], preferred: null },
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: account.nowS(),
    customer: null,
    livemode: account.livemode,
    metadata: given,
    sim: { card: testCard, setUp: false, spent: false },
  });
}

function cardByToken(account: Account, token: string): TestCard {
  const testCard = cardOfToken(token.replace(/^tok_/, 'pm_card_'));
  if (!testCard || account.livemode) throw noSuch('token', token, 'card[token]', 400);
  return testCard;
}

function numbered(account: Account, details: NonNullable<MethodParams['card']>): TestCard {
  const { number, exp_month, exp_year, cvc } = details;
  for (const [name, value] of Object.entries({ number, exp_month, exp_year })) {
    if (value === undefined)
      throw invalidRequest(
        `Missing required param: card[${name}].`,
        `card[${name}]`,
        'parameter_missing',
      );
  }
  const now = new Date(account.nowS() * 1000);
  if (exp_month! < 1 || exp_month! > 12)
    throw badCard('invalid_expiry_month', "Your card's expiration month is invalid.", 'exp_month');
  const months = fullYear(exp_year!) * 12 + exp_month!;
  if (months < now.getUTCFullYear() * 12 + now.getUTCMonth() + 1 || exp_year! > 2100)
    throw badCard('invalid_expiry_year', "Your card's expiration year is invalid.", 'exp_year');
  if (typeof cvc === 'string' && !/^\d{3,4}$/.test(cvc))
    throw badCard('invalid_cvc', "Your card's security code is invalid.", 'cvc');
  const testCard = cardOfNumber(number!);
  if (testCard.invalidNumber)
    throw badCard('incorrect_number', 'Your card number is incorrect.', 'number');
  if (account.livemode && isTestCard(number!))
    return { ...testCard, refusal: refusalOf('live_mode_test_card') };
  return testCard;
}

function fullYear(year: number): number {
  return year < 100 ? 2000 + year : year;
}

function badCard(code: string, message: string, param: string): StripeError {
  return new StripeError(402, { type: 'card_error', code, message, param });
}

export function methodRoutes(api: Api): void {
  api.post('/v1/payment_methods', methodShape, createMethod);
  api.get('/v1/payment_methods/:id', nothing, (account, _params, id) =>
    findMethod(account, id, 'id'),
  );
  const attachShape = shape({ customer: text() }, {});
  api.post('/v1/payment_methods/:id/attach', attachShape, (account, { customer }, id) => {
    const method = findMethod(account, id);
    if (!account.customers.get(customer)) throw noSuch('customer', customer, 'customer', 400);
    checkUsable(method, customer);
    return account.methods.put({ ...method, customer });
  });
  api.post('/v1/payment_methods/:id/detach', nothing, (account, _params, id) => {
    const method = findMethod(account, id);
    if (method.customer === null) {
      throw invalidRequest(
        'The payment method you provided is not attached to a customer so detachment is impossible.',
        'payment_method',
      );
    }
    return account.methods.put({ ...method, customer: null, sim: { ...method.sim, spent: true } });
  });
  const listShape = shape({}, { ...paging, customer: text(), type: oneOf('card') });
  api.get('/v1/payment_methods', listShape, (account, { customer, type: _, ...page }) =>
    listPage(account, account.methods, '/v1/payment_methods', page, (method) =>
      customer === undefined ? method.customer !== null : method.customer === customer,
    ),
  );
}

/** Throws when Stripe would not take this method (again), or not for this customer. */
export function checkUsable(method: PaymentMethod, customer: string | null): void {
  if (method.sim.spent && method.customer === null) {
    throw invalidRequest(
      'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.',
      'payment_method',
    );
  }
  if (method.customer === null || method.customer === customer) return;
  throw invalidRequest(
    customer === null
      ? 'The provided PaymentMethod cannot be used without the Customer that it is attached to. Please include the Customer in the `customer` parameter.'
      : 'The payment method you provided has already been attached to a customer.',
    'payment_method',
    'payment_method_unexpected_state',
  );
}
