// /v1/account, the accounts that are connected to it, and what the account as such refuses: a merchant whose Stripe
// account is not set up for the charge.
import type { Account } from './account.ts';
import type { Api } from './api.ts';
import { StripeError } from './errors.ts';
import { mergedMetadata } from './metadata.ts';
import { metadata, moment, object, oneOf, shape, text } from './params.ts';
import { bankAccountId } from './payouts.ts';
import { listPage, nothing, paging } from './wire.ts';

/** `decline:merchant_config` and its like refuse the call itself, before anything is booked. */
const CONFIGURATION: Readonly<Record<string, { status: number; code: string; message: string }>> = {
  merchant_config: {
    status: 403,
    code: 'testmode_charges_only',
    message: 'Your account cannot currently make live charges.',
  },
  currency_not_supported: {
    status: 400,
    code: 'payment_method_not_available',
    message:
      'No valid payment method types for this currency. Please ensure that you have activated payment methods compatible with it in your dashboard.',
  },
  channel_not_enabled: {
    status: 400,
    code: 'payment_method_not_available',
    message: 'The payment method is not activated on your account.',
  },
};

export function checkAccount({ wishes }: Account): void {
  const { status, code, message } = CONFIGURATION[wishes.decline ?? ''] ?? {};
  if (status === undefined || code === undefined || message === undefined) return;
  throw new StripeError(
    status,
    { type: 'invalid_request_error', code, message },
    { executed: true },
  );
}

const connectShape = shape(
  {},
  {
    business_profile: object(shape({}, { name: text() })),
    country: text(2),
    email: text(),
    metadata,
    type: oneOf('custom', 'express', 'standard'),
  },
);

export function accountRoutes(api: Api): void {
  api.get('/v1/account', nothing, (account) => describe(account));
  api.get('/v1/accounts', shape({}, { ...paging, created: moment }), (account, params) => {
    const { created, ...page } = params;
    return listPage(
      account,
      account.connected,
      '/v1/accounts',
      page,
      (one) => created?.(one.created) ?? true,
    );
  });
  api.post('/v1/accounts', connectShape, (account, params) =>
    account.connected.put({
      id: account.newId('acct'),
      object: 'account',
      business_profile: { name: params.business_profile?.name ?? null, url: null },
      country: params.country ?? 'US',
      created: account.nowS(),
      default_currency: 'usd',
      email: params.email ?? null,
      livemode: account.livemode,
      metadata: mergedMetadata({}, params.metadata),
      type: params.type ?? 'standard',
      sim: {},
    }),
  );
}

const OPENED_S = 1_735_689_600;

/** Where payouts go (payouts.ts). */
function bankAccount(account: Account): Record<string, unknown> {
  return {
    id: bankAccountId(account),
    object: 'bank_account',
    account: account.id,
    account_holder_name: 'Simulated merchant',
    account_holder_type: 'company',
    bank_name: 'STRIPE TEST BANK',
    country: 'US',
    currency: 'usd',
    default_for_currency: true,
    last4: '6789',
    metadata: {},
    routing_number: '110000000',
    status: 'new',
  };
}

function describe(account: Account): Record<string, unknown> {
  return {
    id: account.id,
    object: 'account',
    business_profile: { name: 'Simulated merchant', url: null },
    business_type: null,
    capabilities: { card_payments: 'active', transfers: 'active' },
    charges_enabled: true,
    controller: { type: 'account' },
    country: 'US',
    created: OPENED_S,
    default_currency: 'usd',
    details_submitted: true,
    email: null,
    external_accounts: {
      object: 'list',
      data: [bankAccount(account)],
      has_more: false,
      url: `/v1/accounts/${account.id}/external_accounts`,
    },
    metadata: {},
    payouts_enabled: true,
    settings: { dashboard: { display_name: 'Simulated merchant', timezone: 'Etc/UTC' } },
    tos_acceptance: { date: null, ip: null, user_agent: null },
    type: 'standard',
  };
}
