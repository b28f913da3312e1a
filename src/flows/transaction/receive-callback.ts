// A PSP's notification or a payer's return at the address of a transaction (connxt.md section 10): stored before it is
// read, then read by the transaction's script at once. What could not be read now is the worker's to try again.
import { createHash } from 'node:crypto';
import { storable } from '../../connectors/exchange.ts';
import type { Json, StepResult } from '../../connectors/script/contract.ts';
import { transactionIdIn } from '../../domain/transaction/transaction.ts';
import { newId } from '../../kernel/ids.ts';
import { findByCallbackToken } from '../../store/connxt-environments.ts';
import { findEnvironment } from '../../store/environments.ts';
import {
  finishInboundWebhook,
  type InboundWebhook,
  insertInboundWebhook,
} from '../../store/inbound-webhooks.ts';
import { loadPayment } from '../../store/payments.ts';
import type { TransactionPlace } from '../../store/transactions.ts';
import type { Context, Environment } from '../context.ts';
import { confirmPayment } from '../payment/find-payment.ts';
import { type CallbackKey, type CallbackStep, isRightMac, opened } from './callback-urls.ts';
import { findPlace } from './find-transaction.ts';
import { applyHeard, type Hearing, hear, subjectOf } from './hear.ts';
import { inLine } from './in-line.ts';
import { locate } from './locate.ts';
import { type InboundMessage, messageFrom } from './message.ts';
import { type Destination, destinationOf } from './return-page.ts';

/** The event types under which callbacks wait in the inbox. */
export const CALLBACK_EVENT = 'transaction.webhook';
const RETURN_EVENT = 'transaction.redirect';

export interface Address {
  readonly step: CallbackStep;
  /** `{envToken}~{mac}`, or `{envToken}` alone. */
  readonly token: string;
  readonly txnId: string | null;
}

export interface Ack {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
}

export type Received =
  | { readonly kind: 'not_found' }
  | { readonly kind: 'forged' }
  | { readonly kind: 'failed' }
  /** Null: our own answer. */
  | { readonly kind: 'ack'; readonly ack: Ack | null }
  | { readonly kind: 'return'; readonly to: Destination };

/** Messages of one transaction that are read or wait; a PSP comes again, and a browser is sent on. */
const LONGEST = { webhook: 5, redirect: 2 } as const;
const WEBHOOK_MS = 10_000;
const RETURN_MS = 5_000;
/** Longer than reading it takes. */
const LEASE_MS = 60_000;
const DAY_MS = 24 * 60 * 60_000;

const PRIVATE_HEADERS = new Set(['authorization', 'cookie', 'proxy-authorization']);

export async function receiveCallback(
  context: Context,
  address: Address,
  message: InboundMessage,
): Promise<Received> {
  const known = await ownerOf(context, address);
  if (!known) return { kind: 'not_found' };
  const { environment, callback, txnId } = known;
  const located =
    txnId === null
      ? await locate(context, environment, message)
      : await findPlace(context, environment, txnId).then((place) => place && { txnId, place });
  const record =
    located && (await loadPayment(context.db, environment.id, located.place.paymentId));
  if (txnId !== null && !record) return { kind: 'not_found' };
  if (!located || !record) {
    context.log.warn({ environment: environment.id, step: address.step }, 'a callback of nobody');
    if (address.step === 'webhook') return { kind: 'ack', ack: null };
    return { kind: 'return', to: destinationOf(context, callback, null, null) };
  }
  const { step } = address;
  const { place } = located;
  const kept = () => store(context, environment, step, place, record.payment, message);
  return inLine<Received>(
    context,
    `${step} ${place.operationId ?? place.paymentId}`,
    LONGEST[step],
    async () =>
      step === 'webhook'
        ? webhook(context, environment, await kept(), message)
        : browser(context, environment, callback, place, await kept(), message),
    () =>
      step === 'webhook'
        ? { kind: 'failed' }
        : { kind: 'return', to: destinationOf(context, callback, record.payment, null) },
  );
}

/** Null for an unknown token and for a MAC that is not this transaction's. */
async function ownerOf(
  context: Context,
  { step, token, txnId: text }: Address,
): Promise<{ environment: Environment; callback: CallbackKey; txnId: string | null } | null> {
  const [, envToken, mac] = /^([0-9A-Za-z]{26})(?:~([\w-]{22}))?$/.exec(token) ?? [];
  const settings = envToken === undefined ? null : await findByCallbackToken(context.db, envToken);
  if (!settings) return null;
  const callback = opened(context, settings);
  const txnId = text === null ? null : transactionIdIn(text);
  if (text !== null && txnId === null) return null;
  if (mac !== undefined && (txnId === null || !isRightMac(callback.key, step, txnId, mac)))
    return null;
  const environment = await findEnvironment(context.db, settings.environmentId);
  return environment && { environment, callback, txnId };
}

interface Stored {
  readonly row: InboundWebhook;
  readonly isNew: boolean;
}

async function store(
  context: Context,
  environment: Environment,
  step: CallbackStep,
  { paymentId, operationId }: TransactionPlace,
  { connectionId, provider }: { connectionId: string | null; provider: string | null },
  { headers, query, rawBody }: InboundMessage,
): Promise<Stored> {
  const nowMs = context.ports.clock.nowMs();
  const said = createHash('sha256').update(rawBody).update(JSON.stringify(query)).digest('hex');
  const day = Math.floor(nowMs / DAY_MS);
  const subject = operationId ?? paymentId;
  const row: InboundWebhook = {
    environmentId: environment.id,
    id: newId('inw', context.ports),
    provider: provider ?? '',
    connectionId: connectionId ?? '',
    // The same message within a day is the same message; a browser may come back as often as it likes.
    dedupeKey: `${step}:${subject}:${day}:${said}`,
    eventType: step === 'webhook' ? CALLBACK_EVENT : RETURN_EVENT,
    eventId: subject,
    status: step === 'webhook' ? 'received' : 'applied',
    authenticity: 'unsigned',
    rawBody,
    headers: stored(headers),
    query: stored(query),
    paymentId,
    error: '',
    tries: 1,
    nextTryAt: step === 'webhook' ? nowMs + LEASE_MS : null,
    deliveries: 1,
    createdAt: nowMs,
    updatedAt: nowMs,
  };
  return { row, isNew: await insertInboundWebhook(context.db, row) };
}

function stored(fields: Readonly<Record<string, Json>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => !PRIVATE_HEADERS.has(name))
      .slice(0, 100)
      .map(([name, value]) => [
        storable(name, 200),
        storable(typeof value === 'string' ? value : JSON.stringify(value), 2_000),
      ]),
  );
}

async function webhook(
  context: Context,
  environment: Environment,
  { row, isNew }: Stored,
  message: InboundMessage,
): Promise<Received> {
  const done = { kind: 'ack', ack: null } as const;
  if (!isNew) {
    const subject = await subjectOfRow(context, environment, row);
    return subject ? { kind: 'ack', ack: ackOf(subject.version.settings.webhook.ack, null) } : done;
  }
  return readAndApply(context, environment, row, message);
}

/** The worker's: a notification that could not be read, or whose process died. */
export async function applyCallback(context: Context, row: InboundWebhook): Promise<void> {
  const environment = await findEnvironment(context.db, row.environmentId);
  if (environment) await readAndApply(context, environment, row, messageFrom(row));
}

async function readAndApply(
  context: Context,
  environment: Environment,
  row: InboundWebhook,
  message: InboundMessage,
): Promise<Received> {
  const subject = await subjectOfRow(context, environment, row);
  const heard: Hearing = subject
    ? await hear(context, subject, 'webhook', message, WEBHOOK_MS)
    : { kind: 'none' };
  switch (heard.kind) {
    case 'none':
      await finish(context, row, 'failed', 'no script reads it', null);
      return { kind: 'not_found' };
    case 'forged':
      await finish(context, row, 'forged', 'the signature does not match', null);
      return { kind: 'forged' };
    case 'failed':
      await finish(
        context,
        row,
        'received',
        heard.report.error ?? 'unreadable',
        later(context, row),
      );
      return { kind: 'failed' };
    case 'heard': {
      const applied = await applyHeard(context, subject!, heard, row.id);
      const error = applied ? '' : 'its call is under way';
      const next = applied ? null : context.ports.clock.nowMs() + 2_000;
      await finish(context, row, applied ? 'applied' : 'received', error, next);
      return { kind: 'ack', ack: ackOf(subject!.version.settings.webhook.ack, heard.result) };
    }
  }
}

function later({ ports }: Context, { tries }: InboundWebhook): number | null {
  const waitMs = [10_000, 60_000, 600_000, 3_600_000, 21_600_000][tries - 1];
  return waitMs === undefined ? null : ports.clock.nowMs() + waitMs;
}

async function subjectOfRow(context: Context, environment: Environment, row: InboundWebhook) {
  const { paymentId, eventId } = row;
  if (paymentId === null) return null;
  const record = await loadPayment(context.db, environment.id, paymentId);
  if (!record) return null;
  return subjectOf(context, environment, record, eventId === paymentId ? null : eventId);
}

async function finish(
  context: Context,
  row: InboundWebhook,
  status: InboundWebhook['status'],
  error: string,
  nextTryAt: number | null,
): Promise<void> {
  const { environmentId, connectionId, paymentId } = row;
  const authenticity = status === 'forged' ? ('forged' as const) : row.authenticity;
  const final = status === 'received' && nextTryAt === null ? 'failed' : status;
  const result = { environmentId, connectionId, authenticity, paymentId, error, nextTryAt };
  await finishInboundWebhook(
    context.db,
    row,
    { ...result, status: final },
    context.ports.clock.nowMs(),
  );
}

/** What the script wants the PSP to hear, else what its definition does. */
function ackOf(declared: Ack, result: StepResult | null): Ack {
  const { status, body, contentType } = result?.ack ?? {};
  return {
    status: status ?? declared.status,
    body: body ?? declared.body,
    contentType: contentType ?? declared.contentType,
  };
}

/** Whatever happens here, the browser gets a page: the payment may have succeeded. */
async function browser(
  context: Context,
  environment: Environment,
  callback: CallbackKey,
  { paymentId, operationId }: TransactionPlace,
  { row }: Stored,
  message: InboundMessage,
): Promise<Received> {
  let heard: Hearing = { kind: 'none' };
  try {
    const record = await loadPayment(context.db, environment.id, paymentId);
    const subject = record && (await subjectOf(context, environment, record, operationId));
    if (subject) {
      heard = await hear(context, subject, 'redirect', message, RETURN_MS);
      if (heard.kind === 'heard' && heard.outcome !== null)
        await applyHeard(context, subject, heard, row.id);
    }
    // A browser proves nothing: it only makes us ask. It does not wait for the answer for long.
    await confirmPayment(hurried(context), environment, paymentId, 'redirect');
  } catch (error) {
    context.log.error({ callback: row.id, error: String(error) }, 'a return could not be read');
  }
  const now = await loadPayment(context.db, environment.id, paymentId);
  const result = heard.kind === 'heard' ? heard.result : null;
  return { kind: 'return', to: destinationOf(context, callback, now?.payment ?? null, result) };
}

/** PSPs are given less time than elsewhere: somebody is looking at a blank page. */
function hurried(context: Context): Context {
  return {
    ...context,
    sendTo: (provider, mode, deadlineMs) => {
      const send = context.sendTo(provider, mode, Math.min(deadlineMs, RETURN_MS));
      return (request) => send(Object.assign(request, { deadlineMs: RETURN_MS }));
    },
  };
}
