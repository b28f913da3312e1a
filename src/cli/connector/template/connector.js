// A script connector: one exported async function for each step. It is given `ctx` (what is asked, what is known) and
// `sdk` (the only way out), and says what happened. Nothing survives between two calls but what it returns as `state`.
//
// Example Pay is a PSP that does not exist; its simulator comes with Switchyard. Replace its paths by those of yours.

const API = 'https://api.examplepay.test/v1';
const PATHS = { DEPOSIT: '/payments', WITHDRAW: '/payouts', REFUND: '/refunds' };

/** @param {import('./switchyard').StepContext} ctx */
function headersOf(ctx) {
  return {
    authorization: `Bearer ${ctx.credential.apiKey}`,
    'content-type': 'application/json',
    // A PSP that takes such a key makes one payment of it, however often it is asked.
    'idempotency-key': ctx.idempotencyKey,
  };
}

/** Starts it: the only step that moves money. @type {import('./switchyard').Handler} */
export const initiate = async (ctx, sdk) => {
  const { txn, urls, parent } = ctx;
  const { body } = /** @type {{ body: any }} */ (ctx.data);
  const reply = await sdk.http.post(`${API}${PATHS[txn.action]}`, {
    headers: headersOf(ctx),
    body: JSON.stringify({
      reference: ctx.id, // comes back in notifications, and finds the payment when an answer is lost
      amount: txn.amount, // "12.00": decimal text, never a float
      currency: txn.currency,
      return_url: urls.server.redirect,
      notify_url: urls.server.webhook,
      account: body.customAttributes?.account,
      payment_id: parent?.pspTxnId ?? undefined,
    }),
  });
  // Nothing left this machine: an ordinary failure. The transport knows that, and only the transport.
  if (reply.sent === 'not_sent') return sdk.response.failure('Example Pay cannot be reached', 503);
  // No answer, or a 5xx: the money may have moved. Say that you do not know; Switchyard asks later, and never pays twice.
  if (reply.sent === 'unknown' || reply.status >= 500)
    return sdk.response.failure('Example Pay gave no answer', 502, { outcome: 'PENDING' });
  if (!reply.success)
    return sdk.response.failure(reply.data.message, reply.status, {
      outcome: 'REJECTED',
      errorCode: reply.data.code,
    });
  const { checkout_url: value } = reply.data;
  const data = { orderId: ctx.id, status: 'success', userId: body.customer?.id ?? '' };
  // Somewhere for the payer to go: a navigation. Nowhere: it is done, or will be.
  return value
    ? sdk.response.success(
        { navigation: { type: 'redirect', contentType: 'url', value }, ...data },
        meaningOf(reply.data),
      )
    : sdk.response.success(data, meaningOf(reply.data));
};

/** Example Pay's words as outcomes. @param {any} payment @returns {import('./switchyard').ResultInit} */
function meaningOf({ id, status, amount, currency }) {
  switch (status) {
    case 'paid':
      return { outcome: 'SUCCEEDED', pspTxnId: id, amount, currency };
    case 'failed':
      return { outcome: 'FAILED', pspTxnId: id };
    default:
      return { outcome: 'PENDING', pspTxnId: id }; // also a word that we do not know
  }
}

/** Asks what became of it: after a lost answer, to confirm a message, and on a schedule. @type {import('./switchyard').Handler} */
export const sync = async (ctx, sdk) => {
  const payment = await find(ctx, sdk);
  const data = { orderId: ctx.id, status: payment?.status ?? 'unknown' };
  return sdk.response.success(data, payment ? meaningOf(payment) : { outcome: 'PENDING' });
};

/**
 * @param {import('./switchyard').StepContext} ctx
 * @param {import('./switchyard').Sdk} sdk
 */
async function find(ctx, sdk) {
  const headers = headersOf(ctx);
  const { pspTxnId } = ctx.txn;
  if (pspTxnId) {
    const reply = await sdk.http.get(`${API}/payments/${pspTxnId}`, { headers });
    return reply.success ? reply.data : null;
  }
  const query = sdk.encoding.query.encode({ reference: ctx.id });
  const reply = await sdk.http.get(`${API}/payments?${query}`, { headers });
  return reply.success ? (reply.data.items[0] ?? null) : null;
}

/** The payer's browser is back. It proves nothing: the PSP is asked which page to show. @type {import('./switchyard').Handler} */
export const redirect = async (ctx, sdk) => {
  const { status = 'open' } = (await find(ctx, sdk)) ?? {};
  const { successRedirectUrl, failureRedirectUrl } = ctx.urls.server;
  const paid = status === 'paid';
  const data = { orderId: ctx.id, status: paid ? 'success' : status };
  return sdk.response.redirect(paid ? successRedirectUrl : failureRedirectUrl, data, {
    outcome: paid ? 'ACCEPTED' : 'PENDING',
  });
};

/** The PSP calls. Believed only after its signature was checked, over the bytes as they came. @type {import('./switchyard').Handler} */
export const webhook = async (ctx, sdk) => {
  const { headers, rawBody, body } = /** @type {any} */ (ctx.data);
  const bytes = sdk.encoding.base64.decode(rawBody);
  const signature = sdk.crypto.hmac('sha256', ctx.credential.apiKey ?? '', toBytes(bytes));
  if (!sdk.crypto.timingSafeEqual(signature, headers['x-signature'] ?? ''))
    return sdk.response.failure('Invalid signature', 401, {
      outcome: 'PENDING',
      ack: { status: 401, body: '' },
    });
  if (body.reference !== ctx.id)
    return sdk.response.failure('Another transaction', 400, { outcome: 'PENDING' });
  sdk.webhook.verified('hmac-sha256');
  return sdk.response.success({ orderId: ctx.id, status: body.status }, meaningOf(body));
};

/** @param {string} text */
function toBytes(text) {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
