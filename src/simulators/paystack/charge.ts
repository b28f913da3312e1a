// POST /charge: the direct charge of every channel, and GET /charge/:reference (psp/paystack.md section 2.2).
// A declined charge is HTTP 200 with `data.status: "failed"`.
import type { FastifyInstance } from 'fastify';
import { unsupportedCurrency } from './currencies.ts';
import { type Desk, wishesOf } from './desk.ts';
import { readChargeFields } from './fields.ts';
import { type Plan, readPlan } from './instrument-fields.ts';
import { isFinal, type Transaction } from './ledger.ts';
import { isConfiguration } from './reasons.ts';
import { renderTransaction } from './render.ts';
import { bodyOf, type Fields, iso, merchantOf, ok, refuse, textOf } from './wire.ts';

export function chargeRoutes(app: FastifyInstance, desk: Desk): void {
  const { ledger, parts } = desk;

  app.post('/charge', (request) => {
    const merchant = merchantOf(request);
    const { key } = merchant;
    const body = bodyOf(request);
    const fields = readChargeFields(body, request);
    const plan = readPlan(body, fields.currency, key, ledger, parts.ports.clock.nowMs());
    const { decline, lateMs, disputed } = wishesOf(desk, request);
    if (isConfiguration(decline)) throw unsupportedCurrency();
    const opened = ledger.open(merchant, {
      ...fields,
      instrument: plan.instrument,
      authorizationCode: plan.authorizationCode,
      // A decline or a late success that was asked for comes at once: nobody is asked for anything.
      steps: decline === null && lateMs === null ? plan.steps : [],
      end: decline ?? plan.end,
      fate: plan.fate,
      lateMs: lateMs ?? plan.pendingMs,
      disputed,
      direct: true,
    });
    const transaction = begin(desk, key, opened, plan, body);
    if (plan.instrument.channel === 'capitec_pay') return capitecReply(desk, transaction);
    return ok('Charge attempted', renderStep(desk, key, transaction));
  });

  app.get<{ Params: { reference: string } }>('/charge/:reference', (request) => {
    const { key } = merchantOf(request);
    const transaction = ledger.find(key, request.params.reference);
    if (!transaction) throw unknownReference();
    return ok('Reference check successful', renderStep(desk, key, transaction));
  });
}

export function unknownReference() {
  return refuse(400, 'Transaction reference is invalid');
}

/** Asks the payer for the first step, or ends the charge at once. */
function begin(
  { ledger, parts }: Desk,
  key: string,
  opened: Transaction,
  plan: Plan,
  body: Fields,
): Transaction {
  if (opened.steps.length === 0) return ledger.complete(key, opened);
  const { reference } = opened;
  const facts = offlineFacts(opened, plan, body, parts.books.next('pay_in', 1_000_000_001));
  const name = textOf(facts.account_number) ?? textOf(facts.page);
  if (name !== null) ledger.alias(name, key, reference);
  const { page: _page, ...shown } = facts;
  const waiting = ledger.change(key, opened, { facts: shown });
  if (plan.phone !== null) ledger.prompt(key, waiting, plan.phone);
  if (plan.expiresMs !== null) ledger.expire(key, reference, plan.expiresMs);
  return waiting;
}

/** What the payer is told, beyond the step's word: an account, a code to dial. */
function offlineFacts(
  { channel, reference, createdMs }: Transaction,
  { expiresMs }: Plan,
  body: Fields,
  number: number,
): Fields {
  if (channel === 'bank_transfer')
    return {
      account_name: 'SWITCHYARD DEMO',
      account_number: String(number),
      bank: { slug: 'test-bank', name: 'Test Bank', id: 24 },
      account_expires_at: iso(createdMs + (expiresMs ?? 0)),
      ...(body.currency === 'KES' ? { transaction_reference: reference } : {}),
    };
  if (channel === 'ussd') {
    const { type } = body.ussd as { type: unknown };
    return { ussd_code: `*${type}*000*${number}#`, page: String(number) };
  }
  const wallet = body.mobile_money as { provider?: unknown } | undefined;
  if (wallet?.provider === 'mpesa_offline')
    return { account_number: String(number), account_reference: reference.slice(0, 12) };
  return {};
}

/** A transaction in steps as its first step, else as the whole object. */
export function renderStep({ ledger, parts }: Desk, key: string, transaction: Transaction): object {
  const { reference, status, message, channel, accessCode } = transaction;
  const [first] = transaction.steps;
  if (status === 'pending') return { reference, status, message };
  if (isFinal(transaction) || !first) return renderTransaction(ledger, key, transaction);
  const page = `${parts.baseUrl()}/checkout/${accessCode}`;
  const { word } = first;
  const address = word === 'send_address' ? { country_code: 'US' } : {};
  const url = word === 'open_url' ? { url: page } : {};
  const qr = channel === 'qr' ? { url: page, qr_code: page } : {};
  const text = { display_text: displayText(word, transaction) };
  return { reference, status: word, ...text, ...transaction.facts, ...address, ...url, ...qr };
}

function displayText(word: string, { facts, channel }: Transaction): string {
  if (word === 'pending_bank_transfer') return 'Please make a transfer to the account specified';
  if (channel === 'ussd') return `Please dial ${facts.ussd_code} to pay`;
  if (word === 'pay_offline') return 'Please complete the authorization on your phone';
  if (word === 'open_url') return 'Please complete the payment on the page of your bank';
  return `Please send ${word === 'send_otp' || word === 'send_pin' ? word.slice(5).toUpperCase() : word.slice(5)}`;
}

/** Capitec Pay answers in an envelope of its own. */
function capitecReply({ parts }: Desk, { reference, amount, currency, id }: Transaction): object {
  return {
    type: 'success',
    code: 'ok',
    data: {
      status: 'success',
      timeToLive: 120,
      expiryDate: iso(parts.ports.clock.nowMs() + 120_000),
      transaction: { id, reference, amount, currency },
    },
    message: 'Charge pending',
  };
}
