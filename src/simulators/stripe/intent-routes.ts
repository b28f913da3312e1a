// /v1/payment_intents: which parameters each call takes, and how they become a rule's input.
import type { Account } from './account.ts';
import { checkAccount } from './account-routes.ts';
import type { Api } from './api.ts';
import { type Confirmation, confirmIntent } from './confirm.ts';
import { amount, checkAmount, currency } from './currencies.ts';
import { findCustomer } from './customers.ts';
import { invalidRequest } from './errors.ts';
import { cancelIntent, captureIntent, createIntent, findIntent, updateIntent } from './intents.ts';
import { mergedMetadata } from './metadata.ts';
import { checkUsable, createMethod, findMethod, methodData, methodOptions } from './methods.ts';
import type { CaptureMethod, Intent, PaymentMethod } from './objects.ts';
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
  unsettable,
  url,
} from './params.ts';
import { listPage, paging } from './wire.ts';

const captureMethod = oneOf('automatic', 'automatic_async', 'manual');
const futureUsage = oneOf('off_session', 'on_session');

/** What create, update and confirm have in common. */
const shared = {
  capture_method: captureMethod,
  payment_method: text(),
  payment_method_data: methodData,
  payment_method_options: methodOptions,
  payment_method_types: list(text(50)),
  allowed_payment_method_types: list(text(50)),
  excluded_payment_method_types: ignored,
  receipt_email: unsettable(text(800)),
  setup_future_usage: unsettable(futureUsage),
  shipping: ignored,
  amount_details: ignored,
  payment_details: ignored,
  hooks: ignored,
} as const;

const described = {
  customer: text(),
  description: unsettable(text(1000)),
  metadata,
  statement_descriptor: unsettable(text(22)),
  statement_descriptor_suffix: unsettable(text(22)),
  transfer_group: text(),
  payment_method_configuration: ignored,
  application_fee_amount: notSimulated,
  transfer_data: notSimulated,
} as const;

const confirming = {
  confirmation_token: notSimulated,
  error_on_requires_action: boolean,
  mandate: ignored,
  mandate_data: ignored,
  off_session: boolean,
  radar_options: ignored,
  return_url: url,
  use_stripe_sdk: boolean,
} as const;

const createShape = shape(
  { amount, currency },
  {
    ...shared,
    ...described,
    ...confirming,
    automatic_payment_methods: object(
      shape({ enabled: boolean }, { allow_redirects: oneOf('always', 'never') }),
    ),
    confirm: boolean,
    confirmation_method: oneOf('automatic', 'manual'),
    on_behalf_of: notSimulated,
  },
);
const updateShape = shape({}, { ...shared, ...described, amount, currency });
const confirmShape = shape({}, { ...shared, ...confirming, client_secret: text() });
type CreateParams = Read<typeof createShape.required, typeof createShape.optional>;
type ConfirmParams = Read<typeof confirmShape.required, typeof confirmShape.optional>;

export function intentRoutes(api: Api): void {
  api.post('/v1/payment_intents', createShape, create);
  const readShape = shape({}, { client_secret: text() });
  const find = (account: Account, _params: object, id: string) => findIntent(account, id);
  api.get('/v1/payment_intents/:id', readShape, find, { clientView });
  api.post('/v1/payment_intents/:id', updateShape, update);
  api.post('/v1/payment_intents/:id/confirm', confirmShape, confirm, { clientView });
  const captureShape = shape(
    {},
    {
      amount_to_capture: integer(1),
      final_capture: oneOf('true'),
      metadata,
      statement_descriptor: unsettable(text(22)),
      statement_descriptor_suffix: unsettable(text(22)),
      application_fee_amount: notSimulated,
      transfer_data: notSimulated,
    },
  );
  api.post('/v1/payment_intents/:id/capture', captureShape, (account, params, id) => {
    const intent = findIntent(account, id);
    const given = { ...intent, metadata: mergedMetadata(intent.metadata, params.metadata) };
    return captureIntent(account, given, params.amount_to_capture ?? intent.amount_capturable);
  });
  const reasons = oneOf('duplicate', 'fraudulent', 'requested_by_customer', 'abandoned');
  const cancelShape = shape({}, { cancellation_reason: reasons });
  api.post('/v1/payment_intents/:id/cancel', cancelShape, (account, params, id) =>
    cancelIntent(account, findIntent(account, id), params.cancellation_reason ?? null),
  );
  const listShape = shape({}, { ...paging, created: moment, customer: text() });
  api.get('/v1/payment_intents', listShape, (account, { created, customer, ...page }) =>
    listPage(
      account,
      account.intents,
      '/v1/payment_intents',
      page,
      (intent) =>
        (created?.(intent.created) ?? true) &&
        (customer === undefined || intent.customer === customer),
    ),
  );
}

function create(account: Account, params: CreateParams): Intent {
  checkVersion(account, params);
  checkAccount(account);
  checkAmount(params.amount, params.currency);
  if (!params.confirm) refuseConfirming(params);
  if (params.customer !== undefined) findCustomer(account, params.customer, 'customer');
  const legacyTypes = params.payment_method_types;
  const { enabled = legacyTypes === undefined, allow_redirects = 'always' } =
    params.automatic_payment_methods ?? {};
  const method = methodOf(account, params);
  if (params.confirm && !method) throw missing('payment_method');
  if (method) checkUsable(method, params.customer ?? null);
  const intent = createIntent(account, {
    amount: params.amount,
    currency: params.currency,
    captureMethod: params.capture_method ?? defaultCapture(account),
    confirmationMethod: params.confirmation_method ?? 'automatic',
    automatic: enabled ? { enabled, allow_redirects } : null,
    methodTypes: legacyTypes ?? params.allowed_payment_method_types ?? ['card'],
    customer: params.customer ?? null,
    description: params.description ?? null,
    metadata: mergedMetadata({}, params.metadata),
    paymentMethod: method?.id ?? null,
    receiptEmail: params.receipt_email ?? null,
    setupFutureUsage: params.setup_future_usage ?? null,
    shipping: params.shipping,
    statementDescriptor: params.statement_descriptor ?? null,
    statementDescriptorSuffix: params.statement_descriptor_suffix ?? null,
    transferGroup: params.transfer_group ?? null,
  });
  return params.confirm ? confirmIntent(account, intent, confirmation(params, null)) : intent;
}

/** Since API 2024-04-10 Stripe captures asynchronously unless told otherwise. */
function defaultCapture(account: Account): CaptureMethod {
  return account.request.version >= '2024-04-10' ? 'automatic_async' : 'automatic';
}

function update(
  account: Account,
  params: Read<typeof updateShape.required, typeof updateShape.optional>,
  id: string,
): Intent {
  checkVersion(account, params);
  const before = findIntent(account, id);
  if (params.customer !== undefined) findCustomer(account, params.customer, 'customer');
  const method = methodOf(account, params);
  if (method) checkUsable(method, params.customer ?? before.customer);
  const { amount, currency, metadata } = params;
  const given = {
    capture_method: params.capture_method,
    customer: params.customer,
    description: params.description,
    payment_method: method?.id,
    receipt_email: params.receipt_email,
    setup_future_usage: params.setup_future_usage,
    shipping: params.shipping,
    statement_descriptor: params.statement_descriptor,
    statement_descriptor_suffix: params.statement_descriptor_suffix,
    transfer_group: params.transfer_group,
  };
  const fields = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  return updateIntent(account, before, { amount, currency, metadata, fields });
}

function confirm(account: Account, params: ConfirmParams, id: string): Intent {
  checkVersion(account, params);
  const before = findIntent(account, id);
  const intent: Intent = {
    ...before,
    capture_method: params.capture_method ?? before.capture_method,
    receipt_email: params.receipt_email ?? before.receipt_email,
    setup_future_usage: params.setup_future_usage ?? before.setup_future_usage,
  };
  return confirmIntent(account, intent, confirmation(params, methodOf(account, params)));
}

function confirmation(params: ConfirmParams, method: PaymentMethod | null): Confirmation {
  return {
    method,
    returnUrl: params.return_url ?? null,
    offSession: params.off_session ?? false,
    errorOnRequiresAction: params.error_on_requires_action ?? false,
    inBrowser: params.use_stripe_sdk ?? false,
  };
}

function methodOf(account: Account, params: ConfirmParams): PaymentMethod | null {
  if (params.payment_method !== undefined) return findMethod(account, params.payment_method);
  return params.payment_method_data ? createMethod(account, params.payment_method_data) : null;
}

/** API 2026-09-30 took `payment_method_types` away (psp/stripe.md section 1). */
function checkVersion(account: Account, params: { payment_method_types?: unknown }): void {
  if (params.payment_method_types !== undefined && account.request.version >= '2026-09-30')
    throw unknownParameters(['payment_method_types']);
}

const ONLY_WITH_CONFIRM = ['return_url', 'off_session', 'error_on_requires_action', 'mandate_data'];

function refuseConfirming(params: CreateParams): void {
  const name = ONLY_WITH_CONFIRM.find((name) => Object.hasOwn(params, name));
  if (name === undefined) return;
  throw invalidRequest(
    `The parameter \`${name}\` cannot be passed when creating a PaymentIntent unless \`confirm\` is set to true.`,
    name,
  );
}

const CLIENT_FIELDS = [
  'id',
  'object',
  'amount',
  'amount_details',
  'automatic_payment_methods',
  'canceled_at',
  'cancellation_reason',
  'capture_method',
  'client_secret',
  'confirmation_method',
  'created',
  'currency',
  'description',
  'last_payment_error',
  'livemode',
  'next_action',
  'payment_method',
  'payment_method_types',
  'processing',
  'receipt_email',
  'setup_future_usage',
  'shipping',
  'source',
  'status',
];

/** What a browser may see of an intent: not its metadata, customer or charge. */
function clientView(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(CLIENT_FIELDS.map((name) => [name, body[name] ?? null]));
}
