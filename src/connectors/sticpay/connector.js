// SticPay (psp/sticpay.md): an e-wallet. Every request carries a digest over chosen fields; errors come with HTTP 200;
// the callback says nothing but "look": only the detail call tells what became of an order.
// An order number can be used once, and is our transaction id: nothing here ever pays twice.

const API = 'https://api.sticpay.com';
const LINK_LIFETIME_MS = 360_000; // five minutes, and one for clocks that differ

const SIGNED = {
  pay: ['merchant_email', 'order_no', 'order_time', 'order_amount', 'order_currency'],
  callback: [
    'merchant_email',
    'order_no',
    'order_time',
    'order_amount',
    'order_currency',
    'transaction_code',
    'transaction_time',
  ],
  withdraw: ['merchant', 'customer', 'amount', 'currency_code', 'order_id', 'interface_version'],
};

/** The mode of the environment is the upper bound: a sandbox never moves real money. */
function versionOf({ live, credential }) {
  return live && credential.interfaceVersion !== 'sandbox' ? 'live' : 'sandbox';
}

function digest(sdk, type, text) {
  return type === 'SHA256' ? sdk.crypto.sha256(text) : sdk.crypto.md5(text);
}

/** Null when a field is missing: what is not complete is never signed. */
function signatureOf(sdk, { credential }, type, fields, names) {
  if (names.some((name) => !fields[name])) return null;
  const text = names.map((name) => `${name}=${fields[name]}`).join('&');
  return digest(sdk, type, `${text}&key=${credential.apiKey}`);
}

async function call(ctx, sdk, path, fields, names, movesNoMoney = false) {
  const sign_type = ctx.credential.signType ?? 'MD5';
  const sign = signatureOf(sdk, ctx, sign_type, fields, names);
  if (sign === null) throw new Error(`a field to sign is missing for ${path}`);
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const body = sdk.encoding.form.encode({ ...Object.fromEntries(given), sign, sign_type });
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
  };
  return sdk.http.post(`${API}${path}`, { headers, body, movesNoMoney });
}

/** Complete, and in SticPay's form; anything else proves nothing. */
function isAnswer(reply) {
  return reply.sent === 'replied' && reply.success && typeof reply.data?.success === 'boolean';
}

/** `2025-12-12 08:55:04`, UTC. */
function timeText(iso) {
  return String(iso).slice(0, 19).replace('T', ' ');
}

function nowText(sdk) {
  return timeText(new Date(sdk.time.now()).toISOString());
}

/** Always two decimals, whatever the currency; null when the amount has more. */
function amountText(amount) {
  const [whole, fraction = ''] = amount.split('.');
  if (/[1-9]/.test(fraction.slice(2))) return null;
  return `${whole}.${fraction.slice(0, 2).padEnd(2, '0')}`;
}

export async function initiate(ctx, sdk) {
  switch (ctx.txn.action) {
    case 'DEPOSIT':
      return pay(ctx, sdk);
    case 'WITHDRAW':
      return withdraw(ctx, sdk);
    default:
      return refund(ctx, sdk);
  }
}

function answered(ctx, more = {}) {
  const userId = ctx.data?.body?.customer?.id;
  const user = typeof userId === 'string' && userId !== '' ? { userId } : {};
  return { ...more, status: 'success', orderId: ctx.id, ...user };
}

async function pay(ctx, sdk) {
  const amount = amountText(ctx.txn.amount);
  if (amount === null) return refusedHere(sdk, 'Sticpay takes two decimals only');
  const { customer, customAttributes } = ctx.data?.body ?? {};
  const attributes = customAttributes ?? {};
  const back = `${ctx.urls.server.redirect}?orderId=${ctx.id}`;
  const fields = {
    merchant_email: ctx.credential.merchantEmail,
    order_no: ctx.id,
    order_time: timeText(ctx.txn.createdAt),
    order_amount: amount,
    order_currency: ctx.txn.currency,
    interface_version: versionOf(ctx),
    input_charset: 'UTF-8',
    callback_url: `${ctx.urls.server.webhook}?orderId=${ctx.id}`,
    success_url: back,
    failure_url: back,
    referrer_url: back,
    product_name: `Order ${ctx.txn.merchantOrderId}`,
    full_name: [customer?.firstName, customer?.lastName].filter(Boolean).join(' ') || undefined,
    extra_return_param:
      textOf(attributes.extraReturnParam) ?? (ctx.live ? undefined : textOf(attributes.simulate)), // for the simulator only
  };
  const reply = await call(ctx, sdk, '/rest_pay/pay', fields, SIGNED.pay);
  if (!isAnswer(reply)) return doubtful(sdk, reply);
  if (!reply.data.success) return refused(sdk, reply.data);
  const { link } = reply.data;
  if (typeof link !== 'string' || !/^https?:\/\//.test(link))
    return sdk.response.failure('Invalid Redirect URL', 502, { outcome: 'PENDING' });
  const navigation = { type: 'redirect', contentType: 'url', value: link };
  return sdk.response.success(answered(ctx, { navigation }), { outcome: 'PENDING' });
}

function textOf(value) {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

async function withdraw(ctx, sdk) {
  const email = ctx.data?.body?.customAttributes?.customerEmail;
  if (typeof email !== 'string' || !/^[^\s@]+@[^\s@]+$/.test(email))
    return refusedHere(sdk, 'Sticpay customer email is not valid');
  const amount = amountText(ctx.txn.amount);
  if (amount === null) return refusedHere(sdk, 'Sticpay takes two decimals only');
  const fields = {
    merchant: ctx.credential.merchantEmail,
    customer: email,
    amount,
    currency_code: ctx.txn.currency,
    order_id: ctx.id,
    interface_version: versionOf(ctx),
  };
  const reply = await call(ctx, sdk, '/rest_withdraw/withdraw', fields, SIGNED.withdraw);
  if (!isAnswer(reply)) return doubtful(sdk, reply);
  if (!reply.data.success) return refused(sdk, reply.data);
  const code = codeOf(reply.data) ?? codeOf((await detail(ctx, sdk))?.data);
  return sdk.response.success(answered(ctx), {
    outcome: 'SUCCEEDED',
    ...(code ? { pspTxnId: code } : {}),
  });
}

/** Always the whole payment: SticPay knows no amount of a refund. */
async function refund(ctx, sdk) {
  const { txn, parent } = ctx;
  if (!parent) return refusedHere(sdk, 'The payment to refund is missing');
  if (parent.amount !== txn.amount || parent.currency !== txn.currency)
    return refusedHere(sdk, 'SticPay supports full refunds only');
  const about = parent.pspTxnId
    ? { transaction_code: parent.pspTxnId }
    : { order_id: parent.txnId };
  const fields = {
    merchant: ctx.credential.merchantEmail,
    ...about,
    request_datetime: nowText(sdk),
    interface_version: versionOf(ctx),
  };
  const names = ['merchant', ...Object.keys(about), 'request_datetime'];
  const reply = await call(ctx, sdk, '/rest_withdraw/refund', fields, names);
  if (!isAnswer(reply)) return doubtful(sdk, reply);
  if (!reply.data.success) return refused(sdk, reply.data);
  const code = codeOf(reply.data) ?? parent.pspTxnId;
  return sdk.response.success(answered(ctx), {
    outcome: 'SUCCEEDED',
    ...(code ? { state: { refunded: code } } : {}),
  });
}

function codeOf(data) {
  const code = data?.transaction_code;
  return typeof code === 'string' && code !== '' && code.length <= 128 ? code : undefined;
}

/** Refused before anything was sent. */
function refusedHere(sdk, message) {
  return sdk.response.failure(message, 400, { outcome: 'REJECTED' });
}

/** No answer, a 5xx, an HTML page: the order may exist. 1300 would only prove that the first one arrived. */
function doubtful(sdk, { sent, status }) {
  if (sent === 'not_sent') return sdk.response.failure('Sticpay cannot be reached', 503);
  if (status === 429) return sdk.response.failure('PSP busy, try again', 429);
  sdk.logger.error({ unreadableAnswer: status });
  return sdk.response.failure('Sticpay gave no definite answer', 502, { outcome: 'PENDING' });
}

function refused(sdk, { code, message, errors }) {
  const first = Array.isArray(errors) ? errors[0] : undefined;
  const text = first
    ? `${first.field ?? ''} ${first.defaultMessage ?? ''}`.trim()
    : typeof message === 'string' && message !== ''
      ? message
      : `Sticpay refused with code ${code}`;
  const used = Number(code) === 1300;
  return sdk.response.failure(text.slice(0, 300), 400, {
    outcome: used ? 'PENDING' : 'REJECTED', // 1300: an order of this number exists already
    errorCode: String(code ?? 'unknown').slice(0, 64),
  });
}

/** The only real status. SticPay documents two signatures for it; 809 asks for the other one. */
async function detail(ctx, sdk) {
  const fields = {
    merchant: ctx.credential.merchantEmail,
    order_id: ctx.id,
    request_datetime: nowText(sdk),
    interface_version: versionOf(ctx),
  };
  const short = ['merchant', 'order_id', 'request_datetime'];
  const long = [...short, 'interface_version'];
  const path = '/rest_transaction/detail';
  if (ctx.state?.detailForm === '5.2') return call(ctx, sdk, path, fields, short, true);
  const reply = await call(ctx, sdk, path, fields, long, true);
  if (Number(reply.data?.code) !== 809) return reply;
  return { ...(await call(ctx, sdk, path, fields, short, true)), detailForm: '5.2' };
}

/** What the detail call says, as members of a result. Null: it said nothing. */
async function asked(ctx, sdk) {
  const reply = await detail(ctx, sdk);
  if (!isAnswer(reply)) return null;
  const state = reply.detailForm ? { state: { ...ctx.state, detailForm: reply.detailForm } } : {};
  const { success, status, code, order_no } = reply.data;
  if (success && order_no !== undefined && order_no !== ctx.id) return null; // another order's
  if (success) return { ...state, ...moneyOf(reply.data), ...statusOf(sdk, status, reply.data) };
  const missing = Number(code) === 1400 || Number(code) === 1401;
  if (!missing) {
    sdk.logger.warn({ detailRefused: code });
    return null;
  }
  // Nobody paid. While the link lives somebody still may; afterwards it is over if the payer said so himself.
  const age = sdk.time.now() - Date.parse(`${timeText(ctx.txn.createdAt).replace(' ', 'T')}Z`);
  const over = ctx.state?.leftBy !== undefined && age > LINK_LIFETIME_MS;
  if (!over) return { ...state, outcome: 'PENDING' };
  return { ...state, outcome: 'REJECTED', errorCode: String(ctx.state.leftBy) };
}

function statusOf(sdk, status, data) {
  const code = codeOf(data);
  const named = code ? { pspTxnId: code } : {};
  switch (status) {
    case 'approved':
      return { ...named, outcome: 'SUCCEEDED' };
    case 'rejected':
      return { ...named, outcome: 'FAILED' };
    case 'pending':
      return { ...named, outcome: 'ACCEPTED' };
    default:
      sdk.logger.warn({ unknownStatus: status });
      return { ...named, outcome: 'PENDING' };
  }
}

/** What was ordered. `from_amount` and `to_amount` are wallets', perhaps in other currencies: kept out. */
function moneyOf({ order_amount, order_currency }) {
  return typeof order_amount === 'string' && typeof order_currency === 'string'
    ? { amount: order_amount, currency: order_currency }
    : {};
}

export async function sync(ctx, sdk) {
  const result = (await asked(ctx, sdk)) ?? { outcome: 'PENDING' };
  return sdk.response.success({ orderId: ctx.id, status: result.outcome }, result);
}

/** The browser is back: a form field that anybody could have posted. It chooses the page and causes a question. */
export async function redirect(ctx, sdk) {
  const callback = decode(ctx.data);
  const code = Number(callback?.code ?? Number.NaN);
  const paid = code === 0;
  const { successRedirectUrl, failureRedirectUrl } = ctx.urls.server;
  const data = {
    orderId: ctx.id,
    status: paid ? 'success' : 'failure',
    timestamp: String(sdk.time.now()),
  };
  const left = Number.isInteger(code) && !paid ? { state: { ...ctx.state, leftBy: code } } : {};
  const result = { outcome: paid ? 'ACCEPTED' : 'PENDING', ...left };
  const url = paid ? successRedirectUrl : failureRedirectUrl;
  return url ? sdk.response.redirect(url, data, result) : sdk.response.success(data, result);
}

export async function webhook(ctx, sdk) {
  const callback = decode(ctx.data);
  if (!callback) return turnedAway(sdk, 'Callback cannot be read', 400);
  const { parameters } = callback;
  const type = verify(ctx, sdk, parameters);
  if (!type) return turnedAway(sdk, 'Invalid signature', 401);
  if (parameters.interface_version !== versionOf(ctx))
    return turnedAway(sdk, 'Callback of another environment', 400);
  if (parameters.merchant_email !== ctx.credential.merchantEmail || parameters.order_no !== ctx.id)
    return turnedAway(sdk, 'Not about this transaction', 400);
  sdk.webhook.verified(type);
  // MD5 is weak and the callback's own code is always -1: it is only a reason to ask.
  const result = await asked(ctx, sdk);
  if (!result) return turnedAway(sdk, 'Not confirmed', 500);
  const { order_amount: amount, order_currency: currency } = parameters;
  const money = result.outcome === 'SUCCEEDED' ? { amount, currency } : {};
  const ack = { status: 200, body: 'OK', contentType: 'text/plain' };
  const data = { orderId: ctx.id, status: result.outcome };
  return sdk.response.success(data, { ...money, ...result, ack });
}

function turnedAway(sdk, message, status) {
  sdk.logger.warn({ callback: message });
  return sdk.response.failure(message, status, {
    outcome: 'PENDING',
    ack: { status, body: '', contentType: 'text/plain' },
  });
}

/** The digest named in the callback, the configured one, or MD5; null when none of them fits. */
function verify(ctx, sdk, parameters) {
  const given = String(parameters.sign ?? '').toLowerCase();
  if (!/^([0-9a-f]{32}|[0-9a-f]{64})$/.test(given)) return null;
  const named = [parameters.sign_type, ctx.credential.signType, 'MD5'];
  const types = ['MD5', 'SHA256'].filter((type) => named.includes(type));
  const fits = types.find((type) => {
    const wanted = signatureOf(sdk, ctx, type, parameters, SIGNED.callback);
    return wanted !== null && sdk.crypto.timingSafeEqual(wanted, given);
  });
  return fits ?? null;
}

/**
 * A field `callback` with JSON, whose members may be JSON texts again, or objects; or the members themselves, flat.
 * Null when there is nothing of the kind.
 */
function decode({ body, query }) {
  const given = [body, query].find((one) => isObject(one) && Object.keys(one).length > 0) ?? {};
  const outer = [body, query].map((one) => objectOf(one?.callback)).find(Boolean);
  const callback = outer ?? (given.order_no ? { parameters: given } : null);
  if (!callback) return null;
  const parameters = objectOf(callback.parameters) ?? {};
  const nested = objectOf(parameters.transaction_details) ?? {};
  return { code: callback.code, parameters: flat({ ...parameters, ...nested }) };
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectOf(value) {
  if (isObject(value)) return value;
  if (typeof value !== 'string') return null;
  try {
    const parsed = JSON.parse(value);
    return typeof parsed === 'string' ? objectOf(parsed) : isObject(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

/** Texts only, as they were signed: a number has lost its literal, so it cannot be verified and is left out. */
function flat(parameters) {
  const entries = Object.entries(parameters).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(entries);
}
