// Paymaxis (psp/paymaxis.md): one endpoint for all money, told apart by paymentType; bearer key; notifications signed
// over the raw bytes. There is no idempotency key, so nothing here ever posts twice: whoever is unsure asks.

const CREATE_FAILED = 'Paymaxis gave no definite answer';

/** The mode of the environment is the upper bound: a sandbox never reaches the live host. */
function baseOf({ live, credential }) {
  return live && credential.environment !== 'sandbox'
    ? 'https://app.paymaxis.com'
    : 'https://app-sandbox.paymaxis.com';
}

function headersOf({ credential }) {
  return {
    authorization: `Bearer ${credential.apiKey}`,
    'content-type': 'application/json',
    accept: 'application/json',
  };
}

export async function initiate(ctx, sdk) {
  const url = `${baseOf(ctx)}/api/v1/payments`;
  const reply = await sdk.http.post(url, { headers: headersOf(ctx), body: bodyOf(ctx) });
  if (reply.sent === 'not_sent') return sdk.response.failure('Paymaxis cannot be reached', 503);
  if (reply.sent !== 'replied' || reply.status >= 500) return doubtful(sdk, reply.status);
  if (!reply.success) return refused(sdk, reply);
  const payment = paymentOf(reply, ctx);
  if (!payment) {
    sdk.logger.error('unreadable answer to a create');
    return doubtful(sdk, reply.status);
  }
  return started(ctx, sdk, payment);
}

/** JSON numbers would lose digits of large amounts, so the amount is written as the literal that we were given. */
function bodyOf(ctx) {
  const { txn, urls, parent } = ctx;
  const { customer, language, customAttributes } = ctx.data?.body ?? {};
  const attributes = customAttributes ?? {};
  const refund = txn.action === 'REFUND';
  const rest = {
    paymentType: txn.action === 'WITHDRAW' ? 'WITHDRAWAL' : txn.action,
    currency: txn.currency,
    referenceId: ctx.id,
    parentPaymentId: refund ? parent?.pspTxnId : undefined,
    description: `Order ${txn.merchantOrderId}`,
    returnUrl:
      txn.action === 'DEPOSIT' ? `${urls.server.redirect}?orderId=${ctx.id}&pid={id}` : undefined,
    webhookUrl: `${urls.server.webhook}?orderId=${ctx.id}`,
    paymentMethod: refund ? undefined : textOf(attributes.paymentMethod),
    customer: refund ? undefined : customerOf(customer ?? {}, language, attributes),
    billingAddress: refund ? undefined : addressOf(customer?.address ?? {}),
    additionalParameters: textsOf({
      ...attributes.additionalParameters,
      simulate: ctx.live ? undefined : attributes.simulate, // for the simulator only
    }),
  };
  return `{"amount":${txn.amount},${JSON.stringify(rest).slice(1)}`;
}

function customerOf(customer, language, attributes) {
  const { countryCode, phoneNumber } = customer.phone ?? {};
  // `357 123123123`: international, without plus, a space after the country code.
  const code = String(countryCode ?? '').replace(/\D/g, '');
  const number = String(phoneNumber ?? '').replace(/\D/g, '');
  return whole({
    referenceId: textOf(customer.id),
    firstName: textOf(customer.firstName),
    lastName: textOf(customer.lastName),
    email: textOf(customer.email),
    phone: code && number ? `${code} ${number}` : undefined,
    dateOfBirth: textOf(customer.dob),
    locale: textOf(language),
    accountNumber: textOf(attributes.accountNumber),
    accountName: textOf(attributes.accountName),
    bank: textOf(attributes.bank),
    bankBranch: textOf(attributes.bankBranch),
  });
}

function addressOf(address) {
  return whole({
    addressLine1: textOf(address.line1),
    city: textOf(address.city),
    state: textOf(address.state),
    postalCode: textOf(address.zipCode),
    countryCode: /^[A-Z]{2}$/.test(address.country ?? '') ? address.country : undefined,
  });
}

function textOf(value) {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function textsOf(map) {
  const entries = Object.entries(map).filter(([, value]) => typeof value === 'string');
  return whole(Object.fromEntries(entries));
}

/** Members without a value left out; nothing left: no object at all. */
function whole(object) {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** The payment of an answer, or null when it is not one, or not ours. */
function paymentOf(reply, ctx) {
  const payment = reply.data?.result;
  if (typeof payment?.id !== 'string' || payment.id === '' || payment.id.length > 128) return null;
  if (typeof payment.state !== 'string') return null;
  return payment.referenceId === ctx.id ? payment : null;
}

/** The money may have moved: only a question can tell. */
function doubtful(sdk, status) {
  return sdk.response.failure(CREATE_FAILED, status, { outcome: 'PENDING' });
}

/** An answer below 500 that is no payment: nothing was made. */
function refused(sdk, { status, data }) {
  const [first] = problemsOf(data);
  const known = {
    401: 'PSP credentials rejected',
    403: 'PSP credentials rejected',
    429: 'PSP busy, try again',
  };
  const message = known[status] ?? first?.message ?? `Paymaxis refused with status ${status}`;
  const errorCode = first?.code ?? String(status);
  if (known[status]) sdk.logger.warn({ status, errorCode });
  return sdk.response.failure(message, status, { outcome: 'REJECTED', errorCode });
}

/** `errors` is not documented further: a list of texts, of objects, or texts by field. */
function problemsOf(data) {
  const errors = data?.errors ?? [];
  const list = Array.isArray(errors) ? errors : Object.values(errors).flat();
  return list.map((one) => ({
    message: (typeof one === 'string' ? one : String(one?.message ?? 'refused')).slice(0, 300),
    code: typeof one?.code === 'string' ? one.code.slice(0, 64) : undefined,
  }));
}

/** What a create came to (psp/paymaxis.md section 3). */
function started(ctx, sdk, payment) {
  const { id, state, redirectUrl } = payment;
  const kept = { pspTxnId: id, state: { paymentId: id, redirectUrl: redirectUrl ?? null } };
  const userId = textOf(ctx.data?.body?.customer?.id);
  const data = { status: 'success', orderId: ctx.id, ...(userId ? { userId } : {}) };
  const navigation = { type: 'redirect', contentType: 'url', value: redirectUrl };
  switch (state) {
    case 'CHECKOUT':
      if (!textOf(redirectUrl)) return doubtful(sdk, 502);
      return sdk.response.success({ navigation, ...data }, { ...kept, outcome: 'PENDING' });
    case 'PENDING':
      return sdk.response.success(textOf(redirectUrl) ? { navigation, ...data } : data, {
        ...kept,
        outcome: 'ACCEPTED',
      });
    case 'COMPLETED':
      return sdk.response.success(data, { ...kept, ...paid(payment), outcome: 'SUCCEEDED' });
    case 'DECLINED':
    case 'CANCELLED':
      return sdk.response.failure(reasonOf(payment), 402, {
        ...kept,
        ...codeOf(payment),
        outcome: 'REJECTED',
      });
    default:
      sdk.logger.warn({ unknownState: state });
      return sdk.response.success(data, { ...kept, outcome: 'PENDING' });
  }
}

/** What the customer paid: his own currency when it differs from the one sent to the provider. */
function paid({ amount, currency, customerAmount, customerCurrency }) {
  const [value, code] = customerCurrency ? [customerAmount, customerCurrency] : [amount, currency];
  const text = String(value);
  return /^\d+(\.\d+)?$/.test(text) && typeof code === 'string'
    ? { amount: text, currency: code }
    : {};
}

function reasonOf({ state, errorCode, externalResultCode }) {
  const code = errorCode ?? externalResultCode;
  return `Payment ${state.toLowerCase()}${code ? ` (${code})` : ''}`;
}

function codeOf({ errorCode, externalResultCode }) {
  const code = errorCode ?? externalResultCode;
  return code ? { errorCode: String(code).slice(0, 64) } : {};
}

/** The state of a payment that was created earlier. A refusal is now a failure of something accepted. */
function became(sdk, payment) {
  const { id, state } = payment;
  switch (state) {
    case 'CHECKOUT':
      return { pspTxnId: id, outcome: 'PENDING' };
    case 'PENDING':
      return { pspTxnId: id, outcome: 'ACCEPTED' };
    case 'COMPLETED':
      return { pspTxnId: id, ...paid(payment), outcome: 'SUCCEEDED' };
    case 'DECLINED':
    case 'CANCELLED':
      return { pspTxnId: id, ...codeOf(payment), outcome: 'FAILED' };
    default:
      sdk.logger.warn({ unknownState: state });
      return { pspTxnId: id, outcome: 'PENDING' };
  }
}

export async function sync(ctx, sdk) {
  const payment = await find(ctx, sdk);
  if (!payment)
    return sdk.response.success({ orderId: ctx.id, status: 'unknown' }, { outcome: 'PENDING' });
  const data = { orderId: ctx.id, status: payment.state };
  return sdk.response.success(data, became(sdk, payment));
}

async function find(ctx, sdk) {
  const id = ctx.txn.pspTxnId ?? ctx.state?.paymentId;
  return id ? byId(ctx, sdk, id) : byReference(ctx, sdk);
}

async function byId(ctx, sdk, id) {
  const url = `${baseOf(ctx)}/api/v1/payments/${encodeURIComponent(id)}`;
  const reply = await sdk.http.get(url, { headers: headersOf(ctx) });
  return reply.success ? paymentOf(reply, ctx) : null;
}

const PAGE = 200;
const PAGES = 20;
/** Clocks differ: an item so much older than the transaction is certainly before it. */
const SLACK_MS = 600_000;

/** There is no query by our reference: the list is read, newest first, until it is older than we are. */
async function byReference(ctx, sdk) {
  const oldest = Date.parse(zoned(ctx.txn.createdAt)) - SLACK_MS;
  for (let page = 0; page < PAGES; page += 1) {
    const url = `${baseOf(ctx)}/api/v1/payments?limit=${PAGE}&offset=${page * PAGE}`;
    const reply = await sdk.http.get(url, { headers: headersOf(ctx) });
    const items = reply.success && Array.isArray(reply.data?.result) ? reply.data.result : null;
    if (!items) return null;
    const ours = items.filter((one) => one?.referenceId === ctx.id);
    const found = ours.find(({ state }) => state === 'COMPLETED') ?? ours[0];
    if (found) return paymentOf({ data: { result: found } }, ctx);
    const last = items.at(-1);
    if (!last || reply.data.hasMore === false) return null;
    if (Date.parse(zoned(last.created)) < oldest) return null;
  }
  sdk.logger.warn('not found in twenty pages');
  return null;
}

/** A time without zone is UTC. */
function zoned(time) {
  const text = String(time ?? '');
  return /(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`;
}

/** The browser is back. What it says is nobody's word: Paymaxis is asked which page to show. */
export async function redirect(ctx, sdk) {
  const payment = await find(ctx, sdk);
  const { outcome = 'PENDING' } = payment ? became(sdk, payment) : {};
  const failed = outcome === 'FAILED';
  const { successRedirectUrl, failureRedirectUrl } = ctx.urls.server;
  const paidOrOpen = outcome === 'SUCCEEDED' || outcome === 'ACCEPTED';
  const data = {
    orderId: ctx.id,
    status: failed ? 'failure' : paidOrOpen ? 'success' : 'pending',
    timestamp: String(sdk.time.now()),
  };
  const result = { outcome: failed ? 'REJECTED' : paidOrOpen ? 'ACCEPTED' : 'PENDING' };
  const url = paidOrOpen ? successRedirectUrl : failureRedirectUrl;
  return url ? sdk.response.redirect(url, data, result) : sdk.response.success(data, result);
}

export async function webhook(ctx, sdk) {
  const keys = keysOf(ctx.credential);
  if (keys.length > 0) {
    if (!isSigned(ctx, sdk, keys)) return forged(sdk);
    sdk.webhook.verified('hmac-sha256');
  }
  const payment = paymentOf({ data: { result: ctx.data.body } }, ctx);
  if (!payment) return ignored(sdk);
  // The signature has no freshness: where money is real, Paymaxis is asked before it is believed.
  if (ctx.live || keys.length === 0) {
    const asked = await byId(ctx, sdk, payment.id);
    if (!asked) return askAgain(sdk);
    return heard(ctx, sdk, asked);
  }
  return heard(ctx, sdk, payment);
}

const ACK = { status: 200, body: 'OK', contentType: 'text/plain' };

function heard(ctx, sdk, payment) {
  const data = { orderId: ctx.id, status: payment.state };
  return sdk.response.success(data, { ...became(sdk, payment), ack: ACK });
}

function keysOf({ signingKey, extraSigningKeys = '' }) {
  const extra = extraSigningKeys.split(',').map((key) => key.trim());
  return [signingKey, ...extra].filter((key) => key);
}

/** Over the bytes as they came: the same JSON written again has another signature. */
function isSigned({ data }, sdk, keys) {
  const given = String(data.headers?.signature ?? '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(given)) return false;
  const bytes = Uint8Array.from(sdk.encoding.base64.decode(data.rawBody ?? ''), (character) =>
    character.charCodeAt(0),
  );
  const fits = keys.map((key) =>
    sdk.crypto.timingSafeEqual(sdk.crypto.hmac('sha256', key, bytes), given),
  );
  return fits.includes(true);
}

function forged(sdk) {
  sdk.logger.warn('notification without a valid signature');
  return sdk.response.failure('Invalid signature', 401, {
    outcome: 'PENDING',
    ack: { status: 401, body: '', contentType: 'text/plain' },
  });
}

function ignored(sdk) {
  sdk.logger.warn('notification about another payment');
  return sdk.response.failure('Not about this transaction', 400, { outcome: 'PENDING', ack: ACK });
}

/** Paymaxis cannot confirm what it says: it may say it again. */
function askAgain(sdk) {
  return sdk.response.failure('Not confirmed', 502, {
    outcome: 'PENDING',
    ack: { status: 500, body: '', contentType: 'text/plain' },
  });
}
