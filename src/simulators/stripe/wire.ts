// From the books to the wire: objects without what only the simulator knows, with the constant fields that Stripe
// always sends, and list pages.
import type { Account, Table } from './account.ts';
import { noSuch } from './errors.ts';
import type { StripeObject } from './objects.ts';
import { integer, type Read, shape, text } from './params.ts';

type Json = Record<string, unknown>;

/** Fields that Stripe always sends and that never have another value here. */
const CONSTANT: Readonly<Record<string, Json>> = {
  payment_intent: {
    amount_details: { tip: {} },
    application: null,
    application_fee_amount: null,
    customer_account: null,
    excluded_payment_method_types: null,
    on_behalf_of: null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    review: null,
    source: null,
    transfer_data: null,
  },
  charge: {
    application: null,
    application_fee: null,
    application_fee_amount: null,
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    calculated_statement_descriptor: 'SWITCHYARD SIMULATOR',
    failure_balance_transaction: null,
    fraud_details: {},
    on_behalf_of: null,
    receipt_number: null,
    receipt_url: null,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    transfer_data: null,
    transfer_group: null,
  },
  refund: {
    receipt_number: null,
    source_transfer_reversal: null,
    transfer_reversal: null,
  },
  'checkout.session': {
    after_expiration: null,
    allow_promotion_codes: null,
    automatic_tax: { enabled: false, liability: null, status: null, provider: null },
    billing_address_collection: null,
    client_secret: null,
    consent: null,
    consent_collection: null,
    custom_fields: [],
    custom_text: {},
    customer_creation: 'if_required',
    invoice: null,
    invoice_creation: { enabled: false, invoice_data: {} },
    locale: null,
    payment_link: null,
    payment_method_collection: 'if_required',
    payment_method_configuration_details: null,
    payment_method_options: {},
    phone_number_collection: { enabled: false },
    recovered_from: null,
    setup_intent: null,
    shipping_cost: null,
    shipping_options: [],
    submit_type: null,
    subscription: null,
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
  },
  balance_transaction: { exchange_rate: null },
  payout: {
    application_fee: null,
    application_fee_amount: null,
    automatic: false,
    original_payout: null,
    payout_method: null,
    reconciliation_status: 'not_applicable',
    reversed_by: null,
    source_type: 'card',
    type: 'bank_account',
  },
  transfer: { destination_payment: null, source_transaction: null, source_type: 'card' },
  transfer_reversal: { destination_payment_refund: null, source_refund: null },
  account: {
    business_type: null,
    capabilities: { transfers: 'active' },
    charges_enabled: true,
    details_submitted: true,
    payouts_enabled: true,
    settings: { dashboard: { display_name: null, timezone: 'Etc/UTC' } },
  },
  customer: {
    address: null,
    balance: 0,
    currency: null,
    default_source: null,
    delinquent: false,
    discount: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  },
  webhook_endpoint: { application: null },
};

export function wire(row: StripeObject): Json {
  const { sim: _, ...fields } = row;
  return { ...CONSTANT[row.object], ...fields };
}

/** The same, as of a moment: a balance transaction becomes available with time. */
export function wireNow(account: Account, row: StripeObject): Json {
  const fields = wire(row);
  if (fields.object === 'balance_transaction')
    fields.status = Number(fields.available_on) <= account.nowS() ? 'available' : 'pending';
  return fields;
}

export const paging = { limit: integer(1, 100), starting_after: text(), ending_before: text() };
type Paging = Read<Record<never, never>, typeof paging>;

/** One page, newest first. */
export function listPage<T extends StripeObject>(
  account: Account,
  table: Table<T>,
  path: string,
  { limit = 10, starting_after, ending_before }: Paging,
  keep: (row: T) => boolean = () => true,
): Json {
  const rows = table.list().reverse();
  const after =
    starting_after === undefined ? 0 : position(rows, starting_after, 'starting_after') + 1;
  const before =
    ending_before === undefined ? rows.length : position(rows, ending_before, 'ending_before');
  const found = rows.slice(after, before).filter(keep);
  // ending_before pages towards newer rows: the page next to the cursor, still newest first.
  const backwards = ending_before !== undefined && starting_after === undefined;
  const page = backwards ? found.slice(-limit) : found.slice(0, limit);
  return {
    object: 'list',
    url: path,
    has_more: found.length > limit,
    data: page.map((row) => wireNow(account, row)),
  };
}

function position(rows: readonly StripeObject[], id: string, param: string): number {
  const index = rows.findIndex((row) => row.id === id);
  if (index < 0) throw noSuch('object', id, param, 400);
  return index;
}

/** The parameters of a call that takes none (but `expand`). */
export const nothing = shape({}, {});
