// Applies a stored webhook: the worker's half. Verified news is evidence; anything less is a reason to ask the PSP.
// Applying twice does no harm: evidence that says what we know moves nothing.
import type { InboundMessage, WebhookMessage } from '../../connectors/contract.ts';
import { connectorOf } from '../../connectors/registry.ts';
import { isTooEarly } from '../../domain/payment/dispute.ts';
import {
  type Attempt,
  attemptOf,
  isOpenOperation,
  type Operation,
  type PaymentRecord,
} from '../../domain/payment/payment.ts';
import { findEnvironment } from '../../store/environments.ts';
import {
  deleteInboundWebhook,
  finishInboundWebhook,
  type InboundResult,
  type InboundWebhook,
} from '../../store/inbound-webhooks.ts';
import { loadPayment } from '../../store/payments.ts';
import { findOwners, type Owner } from '../../store/webhook-owners.ts';
import { settleEvidence } from '../charge/index.ts';
import type { Context, Environment } from '../context.ts';
import { tellDispute } from '../dispute/tell-dispute.ts';
import { applyOperationOutcome, askOperation } from '../operation/run-operation.ts';
import { askAttempt } from '../sync/ask-attempt.ts';
import { applyCallback, CALLBACK_EVENT } from '../transaction/receive-callback.ts';
import { strangerBounds } from './bounds.ts';
import { identify } from './identify.ts';

const MINUTE_MS = 60_000;
/** An unknown reference may be a payment whose commit is still to come (F8), or never ours. */
const RETRY_MS = [
  2_000,
  10_000,
  60_000,
  10 * MINUTE_MS,
  60 * MINUTE_MS,
  6 * 60 * MINUTE_MS,
  24 * 60 * MINUTE_MS,
];

export async function applyWebhook(context: Context, row: InboundWebhook): Promise<void> {
  if (row.eventType === CALLBACK_EVENT) return applyCallback(context, row);
  const nowMs = context.ports.clock.nowMs();
  let result: InboundResult;
  try {
    result = await apply(context, row, nowMs);
  } catch (error) {
    context.log.error(
      { webhook: row.id, provider: row.provider, error: String(error) },
      'webhook could not be applied',
    );
    result = parked(row, nowMs, 'internal error');
  }
  if (row.environmentId === '' && result.environmentId === '' && result.nextTryAt === null) {
    return deleteInboundWebhook(context.db, row); // nobody's, after all this time
  }
  context.metrics?.appliedWebhook(result.status === 'received' ? 'parked' : result.status);
  await finishInboundWebhook(context.db, row, result, nowMs);
}

async function apply(context: Context, row: InboundWebhook, nowMs: number): Promise<InboundResult> {
  const connector = connectorOf(row.provider);
  const message: InboundMessage = { headers: row.headers, query: row.query, rawBody: row.rawBody };
  const said = connector?.readWebhook(message) ?? null;
  if (!said) return { ...parked(row, nowMs, 'unreadable'), status: 'failed', nextTryAt: null };
  const owned = row.environmentId === '' ? await claimOwner(context, row, message, said) : row;
  if (owned === null) return parked(row, nowMs, 'unknown reference');
  if (owned.authenticity === 'forged') {
    return {
      ...parked(owned, nowMs, 'the signature does not match'),
      status: 'forged',
      nextTryAt: null,
    };
  }
  const environment = await findEnvironment(context.db, owned.environmentId);
  const owner = environment && (await ownerWithin(context, owned, said));
  if (!environment || !owner?.paymentId) {
    // About nothing of ours (a payment made in the PSP's dashboard) or not committed yet: try again, then leave it.
    return said.about === null ? done(owned, null) : parked(owned, nowMs, 'unknown reference');
  }
  const record = await loadPayment(context.db, environment.id, owner.paymentId);
  if (!record) return parked(owned, nowMs, 'unknown payment');
  const applied = await applyTo(context, { environment, record, owner, said, row: owned });
  return applied
    ? done(owned, owner.paymentId)
    : parked({ ...owned, paymentId: owner.paymentId }, nowMs, 'not yet');
}

interface Told {
  readonly environment: Environment;
  readonly record: PaymentRecord;
  readonly owner: Owner;
  readonly said: WebhookMessage;
  readonly row: Pick<InboundWebhook, 'authenticity' | 'id' | 'tries'>;
}

/** False when it has to wait: for the reply to the call that it is about, for the payment that it contests, or because too many ask. */
async function applyTo(context: Context, told: Told): Promise<boolean> {
  const { record, owner, said, row } = told;
  // Anybody can send an unsigned one, and each costs the PSP a question.
  const asks = row.authenticity !== 'verified' && said.about !== 'dispute';
  const connection = `${owner.environmentId} ${owner.connectionId}`;
  if (asks && !strangerBounds(context).mayAsk(context, connection)) return false;
  switch (said.about) {
    case 'dispute':
      if (isTooEarly(record) && row.tries <= RETRY_MS.length) return false;
      // A hint about a dispute has nothing to ask: the PSP's list of disputes is read (flows/ingest).
      if (row.authenticity === 'verified')
        await tellDispute(context, record, {
          attemptId: owner.attemptId,
          word: owner.isGuess ? null : (said.dispute ?? null),
          source: 'webhook',
          reason: said.eventType,
          evidence: { webhook: row.id },
          keeps: true,
        });
      return true;
    case 'refund':
      await applyToRefund(context, told);
      return true;
    default:
      return owner.attemptId === null || applyToAttempt(context, told, owner.attemptId);
  }
}

async function applyToAttempt(context: Context, told: Told, attemptId: string): Promise<boolean> {
  const { environment, record, owner, said, row } = told;
  const about = attemptOf(record, attemptId).operation === 'payout' ? 'payout' : 'charge';
  const isEvidence = row.authenticity === 'verified' && said.about === about && !owner.isGuess;
  const outcome = isEvidence ? said.outcome : null;
  const refuses = outcome?.kind === 'declined';
  // Asked now, the PSP may not know it yet; and a refusal is for the reply to tell, which may fall back on it.
  if ((outcome === null || refuses) && isUnderWay(context, attemptOf(record, attemptId)))
    return false;
  if (outcome === null) {
    const configuration = await context.configurations.get(environment);
    const { hints } = said;
    await askAttempt(context, environment, configuration, record, attemptId, 'poll', false, hints);
    return true;
  }
  // What it denies of what we hold is asked about by the worker (move.ts: doubtful).
  await settleEvidence(context, environment, record.payment.id, {
    attemptId,
    source: 'webhook',
    outcome,
    raw: { webhook: row.id, event: said.eventType },
    latencyMs: null,
    asked: false,
  });
  return true;
}

function isUnderWay({ ports }: Context, { status, nextSyncAt }: Attempt): boolean {
  return status === 'sent' && nextSyncAt !== null && nextSyncAt > ports.clock.nowMs();
}

async function applyToRefund(
  context: Context,
  { environment, record, owner, said, row }: Told,
): Promise<void> {
  const refunds = record.operations.filter(
    (one) => one.kind === 'refund' && one.connectionId === owner.connectionId,
  );
  const named = refundsNamed(refunds, said);
  const [only] = named ?? [];
  if (only && row.authenticity === 'verified' && said.outcome) {
    const heard = { outcome: said.outcome, exchanges: [] };
    const how = { asked: false };
    await applyOperationOutcome(context, environment, record, only.id, 'webhook', heard, how);
    return;
  }
  const meant = named ?? refunds.filter((one) => mayBe(one, said));
  for (const refund of meant.filter(isOpenOperation))
    await askOperation(context, environment, record, refund.id, 'poll', false);
}

/** By a name that the message has; null: it names none of them. */
function refundsNamed(
  refunds: readonly Operation[],
  { target: { refundReference, refundPspReference } }: WebhookMessage,
): Operation[] | null {
  // It names our refund, or one that is not ours: made in the PSP's dashboard.
  if (refundReference !== null) return refunds.filter((one) => one.id === `ref_${refundReference}`);
  if (refundPspReference === null) return null;
  const found = refunds.filter((one) => one.pspReference === refundPspReference);
  return found.length > 0 ? found : null;
}

/** Of its amount, and not named otherwise. There may be others like it, so it is only a reason to ask. */
function mayBe(
  { pspReference, amountMinor }: Operation,
  { target, amountMinor: told }: WebhookMessage,
): boolean {
  const isFree = pspReference === null || target.refundPspReference === null;
  return isFree && amountMinor === told;
}

async function claimOwner(
  context: Context,
  row: InboundWebhook,
  message: InboundMessage,
  said: WebhookMessage,
): Promise<InboundWebhook | null> {
  const owner = await identify(context, row.provider, null, message, said.target);
  if (!owner) return null;
  const { environmentId, connectionId, authenticity } = owner;
  return { ...row, environmentId, connectionId, authenticity };
}

/** The payment it means, within the environment and connection that verified it: never across tenants. */
async function ownerWithin(
  context: Context,
  row: InboundWebhook,
  said: WebhookMessage,
): Promise<Owner | null> {
  const owners = await findOwners(context.db, row.provider, {
    ...said.target,
    environmentId: row.environmentId,
  });
  return (
    owners.find(
      (one) => one.environmentId === row.environmentId && one.connectionId === row.connectionId,
    ) ?? null
  );
}

function done(row: InboundWebhook, paymentId: string | null): InboundResult {
  const { environmentId, connectionId, authenticity } = row;
  return {
    environmentId,
    connectionId,
    authenticity,
    status: 'applied',
    paymentId,
    error: '',
    nextTryAt: null,
  };
}

function parked(row: InboundWebhook, nowMs: number, error: string): InboundResult {
  const { environmentId, connectionId, authenticity, paymentId } = row;
  const delay = RETRY_MS[row.tries - 1];
  const nextTryAt = delay === undefined ? null : nowMs + delay;
  const status = nextTryAt === null ? 'failed' : 'received';
  return { environmentId, connectionId, authenticity, status, paymentId, error, nextTryAt };
}
