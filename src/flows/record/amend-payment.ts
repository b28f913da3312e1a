// What is said again, or anew, of a payment that the ledger has (api/formance.md section 8): a new adjustment is
// appended and moves amounts once, a known one changes nothing, and what differs is kept as evidence.
import { coreOf } from '../../domain/ledger/recorded.ts';
import { type Adjustment, attemptOf, type PaymentRecord } from '../../domain/payment/payment.ts';
import { eventsOf } from '../../domain/payment/settle.ts';
import { Problem } from '../../kernel/problem.ts';
import { findRecorded, hasEvidence, type Recorded } from '../../store/ledger.ts';
import { toJson } from '../../store/payment-rows.ts';
import { loadPayment } from '../../store/payments.ts';
import { changePayment, type Proposal } from '../change-payment.ts';
import type { Context, Environment } from '../context.ts';
import { type News, newsOf } from './news.ts';
import type { Said } from './said.ts';

/** Each lost try is another writer's adjustment. */
const TRIES_MAX = 50;
/** More of one payment is a mistake of whoever sends them. */
const ADJUSTMENTS_MAX = 1_000;
const DIFFERS = 'said otherwise';

export async function amendPayment(
  context: Context,
  environment: Environment,
  said: Said,
): Promise<Recorded> {
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const { recorded, record } = await find(context, environment, said);
    const { version } = record.payment;
    if (recorded.version !== version) continue; // somebody came in between
    const news = newsOf(recorded, attemptOf(record, recorded.entry.attemptId), said);
    const line = await evidenceLine(context, recorded, record, news);
    if (news.added.length === 0 && line === null) return recorded;
    if (recorded.adjustments.length + news.added.length > ADJUSTMENTS_MAX)
      throw new Problem(400, 'VALIDATION', 'The payment has too many adjustments');
    await changePayment(
      context,
      { environmentId: environment.id, paymentId: record.payment.id },
      (current) =>
        current.payment.version === version
          ? proposeAmendment(context, current, recorded.entry.attemptId, news, line)
          : null,
      record,
    );
  }
  throw new Problem(503, 'busy', 'The payment is being changed by too many requests', {}, 1);
}

async function find(context: Context, { id }: Environment, said: Said) {
  const recorded = await findRecorded(context.db, id, said);
  const record = recorded && (await loadPayment(context.db, id, recorded.entry.paymentId));
  if (!record) throw new Problem(503, 'busy', 'The payment is just being removed', {}, 1);
  return { recorded, record };
}

/** Null when nothing differs, or when it was said before. */
async function evidenceLine(
  context: Context,
  { entry }: Recorded,
  { payment }: PaymentRecord,
  { differences }: News,
): Promise<Adjustment | null> {
  if (Object.keys(differences).length === 0) return null;
  const evidence = JSON.parse(toJson(differences)) as Readonly<Record<string, unknown>>;
  if (await hasEvidence(context.db, payment, DIFFERS, evidence)) return null;
  const { status, attemptId } = { status: payment.status, attemptId: entry.attemptId };
  return { ...lineOf(context, attemptId, DIFFERS), fromStatus: status, toStatus: status, evidence };
}

function lineOf({ ports }: Context, attemptId: string, reason: string) {
  return {
    attemptId,
    operationId: null,
    source: 'merchant' as const,
    reason,
    attemptFrom: null,
    attemptTo: null,
    createdAt: ports.clock.nowMs(),
  };
}

function proposeAmendment(
  context: Context,
  current: PaymentRecord,
  attemptId: string,
  { face, added, doubtful }: News,
  line: Adjustment | null,
): Proposal {
  const lines = line === null ? [] : [line];
  if (added.length === 0 && !doubtful) return { record: current, adjustments: lines };
  const { payment: before } = current;
  const nowMs = context.ports.clock.nowMs();
  const { attemptStatus, ...core } = coreOf(face);
  const payment = {
    ...before,
    ...core,
    amountMinor: face.initialMinor,
    conflict: doubtful ? ('amount_mismatch' as const) : before.conflict,
    capturedAt: core.capturedMinor > 0n ? (before.capturedAt ?? nowMs) : before.capturedAt,
    updatedAt: nowMs,
  };
  const { authorizedMinor, capturedMinor } = core;
  const attempts = current.attempts.map((one) => ({
    ...one,
    status: attemptStatus,
    authorizedMinor,
    capturedMinor,
    amountMinor: face.initialMinor,
    ledgerStatus: face.status,
    ledgerMinor: face.amountMinor,
    updatedAt: nowMs,
  }));
  const told = added.map(
    ({ reference, createdAt, status, amountMinor, evidence }): Adjustment => ({
      ...lineOf(context, attemptId, 'recorded'),
      fromStatus: before.status,
      toStatus: payment.status,
      evidence,
      ledger: { status, amountMinor, recorded: { reference, occurredAt: createdAt } },
    }),
  );
  // To merchants every recorded payment is a payment, whichever way its money went.
  const events = eventsOf({ ...before, type: 'pay_in' }, { ...payment, type: 'pay_in' });
  return {
    record: { ...current, payment, attempts },
    changedAttempts: [attemptId],
    adjustments: [...told, ...lines],
    events: events.length > 0 ? events : ['payment.updated'],
  };
}
