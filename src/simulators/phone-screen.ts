// The screen of the simulated phone: a lock screen that looks for prompts by itself, the prompts to accept or refuse, and
// what came of the answer. Works without JavaScript: the page reloads itself while it waits.
import { escapeHtml, htmlDocument } from './page.ts';

export interface PromptView {
  /** `M-Pesa`. */
  readonly psp: string;
  readonly merchant: string;
  /** `KES 150.00`. */
  readonly amount: string;
  readonly reference: string;
  /** Sent back with the answer. */
  readonly prompt: string;
}

/** How often an idle phone looks for prompts. */
const LOOK_S = 2;

export function phonePage(number: string, prompts: readonly PromptView[], nowMs: number): string {
  const idle = `<p class="clock">${clockOf(nowMs)}</p><p class="quiet">No prompt: nothing is waiting here.</p>`;
  const waiting = `<div class="prompts">${prompts.map(promptCard).join('')}</div>`;
  const content = prompts.length === 0 ? idle : waiting;
  // A phone with a prompt stays still: reloading it would take the button from under a finger.
  const refresh = prompts.length === 0 ? { afterS: LOOK_S } : null;
  return htmlDocument(`Phone ${number}`, phone(number, nowMs, content), refresh);
}

export function phoneResult(
  number: string,
  nowMs: number,
  { psp, title, text }: { readonly psp: string; readonly title: string; readonly text: string },
): string {
  const home = encodeURIComponent(number);
  const card = `<div class="prompts"><section><h1>${escapeHtml(psp)}</h1>
<p class="ask"><strong>${escapeHtml(title)}</strong><br>${escapeHtml(text)}</p><a href="${home}">OK</a></section></div>`;
  return htmlDocument(title, phone(number, nowMs, card), { afterS: 2 * LOOK_S, to: home });
}

function phone(number: string, nowMs: number, content: string): string {
  return `<main class="phone"><div class="screen">
<header><span>${clockOf(nowMs)}</span><span>${escapeHtml(number)}</span></header>
${content}
<p class="quiet">Simulated: no money moves.</p><div class="bar"></div>
</div></main>`;
}

function promptCard({ psp, merchant, amount, reference, prompt }: PromptView): string {
  return `<section><h1>${escapeHtml(psp)} (simulated)</h1>
<p class="ask">Pay <strong class="amount">${escapeHtml(amount)}</strong> to ${escapeHtml(merchant)}?<br>Account ${escapeHtml(reference)}</p>
<form method="post"><input type="hidden" name="prompt" value="${escapeHtml(prompt)}">
<button name="outcome" value="cancel">Refuse</button>
<button name="outcome" value="success">Accept</button>
<button name="outcome" value="failure">Enter a wrong PIN</button>
</form></section>`;
}

/** `10:15`, in the time of the machine that reads least: UTC. */
function clockOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(11, 16);
}
