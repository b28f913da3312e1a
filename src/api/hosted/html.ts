// Our two pages as HTML: plain, readable on a phone, nothing loaded from elsewhere except the PSP's own library on
// the page that exists for it.
import { createHash } from 'node:crypto';
import type { Payment } from '../../domain/payment/payment.ts';
import type { ClientCheckout } from '../../flows/payment/client-checkout.ts';
import { money, toDecimalText } from '../../kernel/money.ts';

export interface Page {
  readonly html: string;
  readonly policy: string;
}

const STYLE = `
body{margin:0;min-height:100vh;display:grid;place-items:center;background:#f4f5f7;color:#1c2430;
font:16px/1.5 system-ui,sans-serif}
main{box-sizing:border-box;width:min(28rem,92vw);padding:2rem;background:#fff;border-radius:14px;
box-shadow:0 1px 3px #0002}
h1{margin:0 0 .25rem;font-size:1.35rem}p{margin:.25rem 0;color:#556}b{color:#1c2430}
.amount{margin:1rem 0;font-size:2rem;font-weight:650;color:#1c2430}
button{width:100%;margin-top:1.25rem;padding:.8rem;border:0;border-radius:9px;background:#1b4dd8;color:#fff;font:inherit;
font-weight:600;cursor:pointer}button:disabled{opacity:.5}#message{color:#b3261e;min-height:1.5rem}`;

const TITLES: Readonly<Record<string, readonly [string, string]>> = {
  succeeded: ['Payment complete', 'Thank you. You can close this page.'],
  authorized: ['Payment authorised', 'Thank you. You can close this page.'],
  failed: ['Payment failed', 'No money was taken. Please go back to the shop and try again.'],
  canceled: ['Payment canceled', 'You can close this page.'],
  expired: ['Payment expired', 'Please go back to the shop and start again.'],
};

export function resultPage(payment: Payment): Page {
  const [title, text] = TITLES[payment.status] ?? [
    'Payment in progress',
    'We are waiting for your bank. You can close this page.',
  ];
  return page(
    title,
    `<h1>${title}</h1>${amountOf(payment)}<p>${text}</p>${referenceOf(payment)}`,
    '',
  );
}

const STRIPE_JS = 'https://js.stripe.com';

/** Stripe's Payment Element: the card data goes from the browser to Stripe and never through this server. */
export function checkoutPage(payment: Payment, checkout: ClientCheckout): Page {
  const settings = JSON.stringify({
    key: checkout.publicKey,
    clientSecret: checkout.clientToken,
    returnUrl: checkout.returnUrl,
  }).replaceAll('<', '\\u003c');
  const body = `<h1>Pay</h1>${amountOf(payment)}${referenceOf(payment)}
<form id="form"><div id="element"></div><button id="pay">Pay</button><p id="message" role="alert"></p></form>
<script type="application/json" id="settings">${settings}</script>
<script src="${STRIPE_JS}/v3/"></script>
<script>${SCRIPT}</script>`;
  return page('Pay', body, SCRIPT);
}

const SCRIPT = `
const { key, clientSecret, returnUrl } = JSON.parse(document.getElementById('settings').textContent);
const stripe = Stripe(key);
const elements = stripe.elements({ clientSecret });
elements.create('payment').mount('#element');
const button = document.getElementById('pay');
document.getElementById('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  button.disabled = true;
  const { error } = await stripe.confirmPayment({ elements, confirmParams: { return_url: returnUrl } });
  document.getElementById('message').textContent = error ? error.message : '';
  button.disabled = false;
});`;

function page(title: string, body: string, script: string): Page {
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>${STYLE}</style></head><body><main>${body}</main></body></html>`;
  const scripts =
    script === ''
      ? ''
      : `script-src ${STRIPE_JS} 'sha256-${sha256(script)}';frame-src ${STRIPE_JS} https://hooks.stripe.com;connect-src https://api.stripe.com;img-src https: data:;`;
  const policy = `default-src 'none';style-src 'unsafe-inline';${scripts}base-uri 'none';form-action 'self';frame-ancestors 'none'`;
  return { html, policy };
}

function amountOf({ amountMinor, currency }: Payment): string {
  return `<p class="amount">${toDecimalText(money(amountMinor, currency))} ${escapeHtml(currency)}</p>`;
}

function referenceOf({ reference, description }: Payment): string {
  const text = description ?? reference;
  return text === null ? '' : `<p>${escapeHtml(text)}</p>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
