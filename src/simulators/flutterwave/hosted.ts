// POST /payments: the hosted checkout, and its page (psp/flutterwave.md section 2.1). Until somebody pays there is no
// transaction, and nothing to verify. Each try on the page is a transaction of its own, up to max_retry_attempt.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { paymentPage, readOutcome, resultPage, returnUrl, sendPage } from '../page.ts';
import { formatAmount, unsupportedCurrency } from './currencies.ts';
import type { Desk } from './desk.ts';
import { type ChargeFields, readChargeFields, wishesOf } from './fields.ts';
import type { Transaction } from './ledger.ts';
import { isConfiguration, textOfReason } from './reasons.ts';
import {
  BUSINESS,
  bodyOf,
  type Fields,
  invalid,
  isFields,
  merchantOf,
  ok,
  textOf,
} from './wire.ts';

interface Link extends ChargeFields {
  readonly code: string;
  readonly paymentType: string;
  readonly expiresMs: number | null;
  readonly tries: number;
  readonly lateMs: number | null;
}

type Named = { Params: { code: string } };

const PSP = 'Flutterwave';

/** `payment_options` and what a transaction paid so is called. */
const OPTIONS: Readonly<Record<string, string>> = {
  card: 'card',
  account: 'account',
  ussd: 'ussd',
  banktransfer: 'bank_transfer',
  mpesa: 'mpesa',
  mobilemoneyghana: 'mobilemoneygh',
  mobilemoneyuganda: 'mobilemoneyug',
  mobilemoneyrwanda: 'mobilemoneyrw',
  mobilemoneyzambia: 'mobilemoneyzm',
  mobilemoneytanzania: 'mobilemoneytz',
  mobilemoneyfranco: 'mobilemoneysn',
  barter: 'barter',
  nqr: 'nqr',
  credit: 'credit',
  opay: 'opay',
  enaira: 'enaira',
  applepay: 'applepay',
  googlepay: 'googlepay',
};

export function hostedRoutes(app: FastifyInstance, { parts, ledger }: Desk): void {
  const { books, ports } = parts;
  const links = books.collection<Link>('links');
  const pages = books.collection<{ key: string; txRef: string }>('_link_pages');
  const now = () => ports.clock.nowMs();

  app.post('/payments', (request) => {
    const key = merchantOf(request);
    const body = bodyOf(request);
    const fields = readChargeFields(body, isFields(body.customer) ? body.customer : {});
    const [paymentType = 'card'] = readOptions(body.payment_options);
    const { decline, lateMs } = wishesOf(parts, request);
    if (isConfiguration(decline)) throw unsupportedCurrency(fields.currency);
    if (decline !== null) throw invalid(textOfReason(decline));
    if (links.get(key, fields.txRef) || ledger.of(key, fields.txRef).length > 0)
      throw invalid('Duplicate tx_ref: Transaction reference already exist');
    const link: Link = {
      ...fields,
      code: ports.random.bytes(8).toString('hex'),
      paymentType,
      expiresMs: expiryOf(body, now()),
      tries: typeof body.max_retry_attempt === 'number' ? body.max_retry_attempt : 5,
      lateMs,
    };
    links.put(key, link.txRef, link);
    pages.put('', link.code, { key, txRef: link.txRef });
    return ok('Hosted Link', { link: `${parts.baseUrl()}/hosted/pay/${link.code}` });
  });

  function find(code: string) {
    const page = pages.get('', code);
    const link = page && links.get(page.key, page.txRef);
    return link && { key: page.key, link, made: ledger.of(page.key, page.txRef) };
  }

  /** Why nobody can pay here any more; null: somebody can. */
  function closedBecause(link: Link, made: readonly Transaction[]): string | null {
    if (made.some(({ status }) => status === 'successful')) return 'Payment successful';
    if (made.some(({ status }) => status === 'pending')) return 'Payment in process';
    if (made.length >= link.tries) return 'Payment failed';
    return link.expiresMs !== null && now() > link.expiresMs ? 'This link has expired' : null;
  }

  app.get<Named>('/hosted/pay/:code', (request, reply) => {
    const found = find(request.params.code);
    if (!found) return notFound(reply);
    const closed = closedBecause(found.link, found.made);
    const { minor, currency, txRef, payer } = found.link;
    const amount = formatAmount(minor, currency);
    if (closed !== null) return sendPage(reply, resultPage(PSP, closed, amount));
    const details = {
      Customer: payer.email,
      ...(found.made.length > 0 ? { 'Last try': 'failed' } : {}),
    };
    const view = { psp: PSP, merchant: BUSINESS, amount, reference: txRef, details };
    return sendPage(reply, paymentPage(view));
  });

  app.post<Named>('/hosted/pay/:code', (request, reply) => {
    const found = find(request.params.code);
    if (!found) return notFound(reply);
    const outcome = readOutcome(request.body);
    if (!outcome)
      return sendPage(reply, resultPage(PSP, 'Not understood', 'outcome is missing.'), 400);
    const { key, link } = found;
    const closed = closedBecause(link, found.made);
    if (outcome === 'cancel' && closed === null) return leave(reply, link, null, 'cancelled');
    const last = closed === null ? tryOnce(key, link, outcome === 'success') : found.made.at(-1);
    if (last?.status === 'successful') return leave(reply, link, last, 'successful');
    if (last?.status === 'pending') return leave(reply, link, last, 'completed');
    const over = closedBecause(link, ledger.of(key, link.txRef));
    if (over !== null) return leave(reply, link, last ?? null, 'failed');
    return sendPage(reply, resultPage(PSP, 'Payment failed', 'Please go back and try again.'));
  });

  function tryOnce(key: string, link: Link, pays: boolean): Transaction {
    const { code, expiresMs: _expires, tries: _tries, ...fields } = link;
    const made = ledger.open(key, { ...fields, link: code, authModel: 'AUTH' });
    return pays ? ledger.complete(key, made) : ledger.fail(key, made, 'declined');
  }
}

function notFound(reply: FastifyReply) {
  return sendPage(reply, resultPage(PSP, 'Not found', 'No such payment.'), 404);
}

function leave(reply: FastifyReply, link: Link, last: Transaction | null, status: string) {
  const target = returnUrl(link.redirectUrl, {
    status,
    tx_ref: link.txRef,
    ...(last === null ? {} : { transaction_id: String(last.id) }),
  });
  if (target !== null) return reply.redirect(target, 303);
  return sendPage(reply, resultPage(PSP, `Payment ${status}`, link.txRef));
}

function readOptions(value: unknown): string[] {
  const text = textOf(value);
  if (text === null) return [];
  const known = text.split(',').flatMap((word) => OPTIONS[word.trim()] ?? []);
  if (known.length === 0) throw invalid('payment_options is invalid');
  return known;
}

const DAY_MS = 86_400_000;

function expiryOf(body: Fields, nowMs: number): number | null {
  const { session_duration: minutes, link_expiration: until } = body;
  if (minutes !== undefined && !(typeof minutes === 'number' && minutes > 0 && minutes <= 1_440))
    throw invalid('session_duration is invalid');
  const at = until === undefined ? null : Date.parse(String(until));
  if (at !== null && !(at > nowMs)) throw invalid('link_expiration is invalid');
  const session = typeof minutes === 'number' ? nowMs + minutes * 60_000 : null;
  const ends = [at, session].filter((one) => one !== null);
  return ends.length === 0 ? nowMs + DAY_MS : Math.min(...ends);
}
