// Applies a stored webhook: the worker's half. Verified news is evidence; anything less is a reason to ask the PSP.
// Applying twice does no harm: evidence that says what we know moves nothing.
import type { InboundMessage, WebhookMessage } from '../../connectors/contract.ts';
import { connectorOf } from '../../connectors/registry.ts';
import {
  attemptOf,
  isFinalAttempt,
  isOpenOperation,
  latestAttempt,
  type Operation,
  type PaymentRecord,
} from '../../domain/payment/payment.ts';
import { findEnvironment } from '../../store/environments.ts';
import {
  deleteInboundWebhook,
  findOwners,
  finishInboundWebhook,
  type InboundResult,
  type InboundWebhook,
  type Owner,
} from '../../store/inbound-webhooks.ts';
import { loadPayment } from '../../store/payments.ts';
import { settleEvidence } from '../charge/index.ts';
import type { Context, Environment } from '../context.ts';
import { applyOperationOutcome, askOperation } from '../operation/run-operation.ts';
import { askAttempt } from '../sync/ask-attempt.ts';
import { identify } from './identify.ts';
import { recordDispute } from './record-dispute.ts';

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
  await applyTo(context, environment, record, owner, said, owned);
  return done(owned, owner.paymentId);
}

async function applyTo(
  context: Context,
  environment: Environment,
  record: PaymentRecord,
  owner: Owner,
  said: WebhookMessage,
  row: Pick<InboundWebhook, 'authenticity' | 'id'>,
): Promise<void> {
  const verified = row.authenticity === 'verified';
  if (said.about === 'dispute')
    return recordDispute(context, environment, record, owner, said, row);
  const configuration = await context.configurations.get(environment);
  if (said.about === 'refund') {
    const refund = refundMeant(record, owner, said);
    if (!refund) return;
    if (verified && said.outcome) {
      await applyOperationOutcome(
        context,
        record,
        refund.id,
        'webhook',
        { outcome: said.outcome, exchanges: [] },
        false,
        {},
      );
    } else if (isOpenOperation(refund)) {
      await askOperation(context, environment, record, refund.id, 'webhook', false);
    }
    return;
  }
  const attemptId = owner.attemptId ?? latestAttempt(record)?.id;
  if (!attemptId) return;
  if (!verified || said.outcome === null) {
    await askAttempt(context, environment, configuration, record, attemptId, 'webhook', false);
    return;
  }
  const settled = await settleEvidence(context, environment, record.payment.id, {
    attemptId,
    source: 'webhook',
    outcome: said.outcome,
    raw: { webhook: row.id, event: said.eventType },
    latencyMs: null,
    asked: false,
  });
  // It would lower what we hold, or denies it: the PSP itself decides (F6).
  const doubtful =
    settled.decision?.verdict === 'ignored' || settled.decision?.verdict === 'contradicts';
  if (doubtful && !isFinalAttempt(attemptOf(settled.record, attemptId))) {
    await askAttempt(context, environment, configuration, settled.record, attemptId, 'poll', false);
  }
}

/** By its own id, else the only open refund of that amount on the attempt. */
function refundMeant(record: PaymentRecord, owner: Owner, said: WebhookMessage): Operation | null {
  const refunds = record.operations.filter((one) => one.kind === 'refund');
  const named = refunds.find(
    (one) =>
      one.id === owner.operationId ||
      (said.target.refundPspReference !== null &&
        one.pspReference === said.target.refundPspReference),
  );
  if (named) return named;
  const fitting = refunds.filter(
    (one) => isOpenOperation(one) && one.amountMinor === said.amountMinor,
  );
  return fitting.length === 1 ? (fitting[0] ?? null) : null;
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
