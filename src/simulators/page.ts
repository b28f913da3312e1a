// The pages that a person sees: a PSP's payment page and its result; the phone is phone-screen.ts. Plain HTML that works
// without JavaScript; everything from outside is escaped, and the policy allows nothing but our one style sheet and the
// one line that posts a form on.
import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import type { PayerOutcome } from './simulator.ts';

const STYLE = `
:root{color-scheme:light dark}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;font:16px/1.5 system-ui,sans-serif;background:#f2f4f7;color:#101828}
main{width:min(26rem,calc(100vw - 2rem));margin:1rem;padding:2rem;background:#fff;border-radius:12px;box-shadow:0 1px 3px #10182833}
h1{margin:0;font-size:1rem;font-weight:600;color:#475467}
.amount{margin:.25rem 0 1.25rem;font-size:2rem;font-weight:700}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:0 0 1.5rem;font-size:.875rem}
dt{color:#475467}dd{margin:0;text-align:right;overflow-wrap:anywhere}
form{display:grid;gap:.5rem}
button{padding:.75rem;font:inherit;font-weight:600;border:1px solid #d0d5dd;border-radius:8px;background:#fff;color:inherit;cursor:pointer}
button[value=success]{background:#067647;border-color:#067647;color:#fff}
button:focus-visible{outline:3px solid #2e90fa;outline-offset:2px}
.note{margin:1.25rem 0 0;font-size:.75rem;color:#475467}
section+section{margin-top:2rem;padding-top:2rem;border-top:1px solid #d0d5dd}
.phone{width:22rem;height:min(44rem,calc(100vh - 2rem));padding:.75rem;display:flex;flex-direction:column;border-radius:2.75rem;background:#0c111d;color:#101828;box-shadow:0 24px 48px #10182855,inset 0 0 0 2px #333741}
.screen{flex:1;display:flex;flex-direction:column;overflow:auto;border-radius:2.1rem;background:linear-gradient(160deg,#d1e9ff,#d1fadf 60%,#fef0c7)}
.screen header{display:flex;justify-content:space-between;padding:.6rem 1.5rem;font-size:.8rem;font-weight:600}
.screen .clock{margin:2.5rem 0 0;text-align:center;font-size:3.25rem;font-weight:300;line-height:1}
.screen .quiet{margin:.5rem 0 auto;text-align:center;font-size:.875rem;color:#344054}
.screen .prompts{margin:auto 0 1rem;display:grid;gap:.75rem;padding:0 .9rem}
.screen section,.screen section+section{margin:0;padding:1rem 1.1rem;border:0;border-radius:1.1rem;background:#fff;box-shadow:0 6px 18px #1018282e}
.screen h1{font-size:.8rem;letter-spacing:.02em;color:#475467}
.screen .ask{margin:.4rem 0 .9rem;font-size:1rem;overflow-wrap:anywhere}
.screen form{grid-template-columns:1fr 1fr}
.screen button[value=failure]{grid-column:1/-1;order:1;padding:.4rem;border-color:transparent;background:none;font-size:.8rem;font-weight:400;color:#475467}
.screen a{display:block;margin-top:.75rem;padding:.75rem;border-radius:8px;background:#f2f4f7;color:#101828;text-align:center;text-decoration:none;font-weight:600}
.screen .bar{width:7rem;height:.3rem;margin:.25rem auto .6rem;border-radius:1rem;background:#10182880}
@media (prefers-color-scheme:dark){body{background:#0c111d;color:#f5f5f6}main{background:#161b26}button{background:#161b26;border-color:#333741}h1,dt,.note{color:#94969c}.phone{background:#000;color:#101828}.screen button{background:#fff;border-color:#d0d5dd}.screen button[value=success]{background:#067647;border-color:#067647}.screen h1{color:#475467}}
`;

const SUBMIT = 'document.forms[0].submit()';

// No form-action: browsers apply it to the redirect after the POST too, and the way back leads to other origins.
const POLICY = [
  "default-src 'none'",
  `style-src '${hashOf(STYLE)}'`,
  `script-src '${hashOf(SUBMIT)}'`,
  "base-uri 'none'",
  "frame-ancestors 'self'",
].join('; ');

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

export interface PaymentView {
  /** `Paystack`. */
  readonly psp: string;
  readonly merchant: string;
  /** `GHS 200.00`. */
  readonly amount: string;
  readonly reference: string;
  /** Where the buttons post to; absent: the page's own URL. */
  readonly action?: string;
  /** Sent back with the outcome: the prompt's id. */
  readonly prompt?: string;
  /** Further facts to show, for example the card that is being checked. */
  readonly details?: Readonly<Record<string, string>>;
}

export function paymentPage(view: PaymentView): string {
  return page(`Pay ${view.merchant}`, paymentForm(view));
}

/** What remains when there is nothing to answer, or nowhere to go back to. */
export function resultPage(psp: string, title: string, text: string): string {
  return page(
    title,
    `<section><h1>${escapeHtml(psp)}</h1><p class="amount">${escapeHtml(title)}</p>
<p>${escapeHtml(text)}</p></section>`,
  );
}

/** Sends the browser on with a POST, as some PSPs do: by itself where scripts run, else with a button. */
export function returnPage(
  psp: string,
  target: string,
  fields: Readonly<Record<string, string>>,
): string {
  const inputs = Object.entries(fields)
    .map(([name, value]) => {
      const [is, holds] = [escapeHtml(name), escapeHtml(value)];
      return `<input type="hidden" name="${is}" value="${holds}">`;
    })
    .join('');
  return page(
    'Back to the shop',
    `<section><h1>${escapeHtml(psp)} (simulated)</h1><p class="amount">Done</p>
<form method="post" action="${escapeHtml(target)}">${inputs}
<button>Back to the shop</button></form></section>
<script>${SUBMIT}</script>`,
  );
}

export function sendPage(reply: FastifyReply, html: string, status = 200): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .header('content-security-policy', POLICY)
    .header('referrer-policy', 'no-referrer')
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', 'no-store')
    .send(html);
}

/** The outcome of a posted form; null when it is none of the three. */
export function readOutcome(body: unknown): PayerOutcome | null {
  const value = (body as { outcome?: unknown } | null | undefined)?.outcome;
  return value === 'success' || value === 'failure' || value === 'cancel' ? value : null;
}

/** The return URL with the PSP's parameters added; null when it is no web address, which is then not followed. */
export function returnUrl(
  target: string | null,
  parameters: Readonly<Record<string, string>>,
): string | null {
  if (target === null || !URL.canParse(target)) return null;
  const url = new URL(target);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function paymentForm(view: PaymentView): string {
  const rows = { Merchant: view.merchant, Reference: view.reference, ...view.details };
  const list = Object.entries(rows)
    .map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`)
    .join('');
  const action = view.action === undefined ? '' : ` action="${escapeHtml(view.action)}"`;
  const prompt =
    view.prompt === undefined
      ? ''
      : `<input type="hidden" name="prompt" value="${escapeHtml(view.prompt)}">`;
  return `<section><h1>${escapeHtml(view.psp)} (simulated)</h1>
<p class="amount">${escapeHtml(view.amount)}</p>
<dl>${list}</dl>
<form method="post"${action}>${prompt}
<button name="outcome" value="success">Pay</button>
<button name="outcome" value="failure">Decline</button>
<button name="outcome" value="cancel">Cancel</button>
</form>
<p class="note">No money moves: this page belongs to Switchyard's simulator.</p></section>`;
}

function page(title: string, content: string): string {
  return htmlDocument(title, `<main>\n${content}\n</main>`);
}

/** `refresh`: the browser loads `to` (left out: the same page) after so long. */
export function htmlDocument(
  title: string,
  body: string,
  refresh: { readonly afterS: number; readonly to?: string } | null = null,
): string {
  const to = refresh?.to === undefined ? '' : `;url=${escapeHtml(refresh.to)}`;
  const again =
    refresh === null ? '' : `<meta http-equiv="refresh" content="${refresh.afterS}${to}">`;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">${again}
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body>${body}</body>
</html>
`;
}
