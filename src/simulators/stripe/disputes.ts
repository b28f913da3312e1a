// Disputes: opened by the dispute test cards right after the charge, answered with evidence, or given up
// (psp/stripe.md section 2.6). `winning_evidence` and `losing_evidence` decide them, as in Stripe's test mode.
import type { Account } from './account.ts';
import type { Api } from './api.ts';
import type { TestCard } from './cards.ts';
import { invalidRequest, noSuch, refused } from './errors.ts';
import { emit } from './events.ts';
import { type Form, isForm } from './form.ts';
import { book } from './ledger.ts';
import { mergedMetadata } from './metadata.ts';
import type { Charge, Dispute, DisputeStatus, Intent } from './objects.ts';
import { boolean, metadata, moment, type Rule, shape, text } from './params.ts';
import { listPage, nothing, paging, wireNow } from './wire.ts';

const ANSWER_WITHIN_S = 14 * 86_400;
const FEE = 1500;

/** Right after the money was taken: by the card's own behaviour, or because it was asked for. */
export function disputeIfWanted(account: Account, intent: Intent, charge: Charge): void {
  const kind = intent.sim.wishes.dispute ? 'fraudulent' : charge.sim.card.dispute;
  if (kind) openDispute(account, charge, kind);
}

function openDispute(
  account: Account,
  charge: Charge,
  kind: NonNullable<TestCard['dispute']>,
): Dispute {
  const inquiry = kind === 'inquiry';
  const { reference, paymentId, simulate } = charge.sim;
  const id = account.newId('dp');
  const dispute = account.disputes.put({
    id,
    object: 'dispute',
    amount: charge.amount_captured,
    balance_transactions: inquiry ? [] : [withdrawal(account, charge, id)],
    charge: charge.id,
    created: account.nowS(),
    currency: charge.currency,
    evidence: Object.fromEntries(EVIDENCE.map((name) => [name, null])),
    evidence_details: {
      due_by: account.nowS() + ANSWER_WITHIN_S,
      has_evidence: false,
      past_due: false,
      submission_count: 0,
    },
    is_charge_refundable: inquiry,
    livemode: account.livemode,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason: inquiry ? 'general' : kind,
    status: inquiry ? 'warning_needs_response' : 'needs_response',
    sim: { reference, paymentId, simulate },
  });
  account.charges.put({ ...charge, disputed: true, dispute: inquiry ? null : id });
  emit(account, 'charge.dispute.created', dispute);
  if (!inquiry) emit(account, 'charge.dispute.funds_withdrawn', dispute);
  return dispute;
}

function withdrawal(account: Account, charge: Charge, source: string): object {
  return wireNow(
    account,
    book(account, {
      type: 'adjustment',
      source,
      amount: -charge.amount_captured,
      currency: charge.currency,
      fee: FEE,
      description: `Chargeback withdrawal for ${charge.id}`,
    }),
  );
}

const EVIDENCE = [
  'access_activity_log',
  'billing_address',
  'cancellation_policy',
  'cancellation_policy_disclosure',
  'cancellation_rebuttal',
  'customer_communication',
  'customer_email_address',
  'customer_name',
  'customer_purchase_ip',
  'customer_signature',
  'duplicate_charge_documentation',
  'duplicate_charge_explanation',
  'duplicate_charge_id',
  'product_description',
  'receipt',
  'refund_policy',
  'refund_policy_disclosure',
  'refund_refusal_explanation',
  'service_date',
  'service_documentation',
  'shipping_address',
  'shipping_carrier',
  'shipping_date',
  'shipping_documentation',
  'shipping_tracking_number',
  'uncategorized_file',
  'uncategorized_text',
];

const evidence: Rule<Readonly<Record<string, string | null>>> = (value, path) => {
  if (!isForm(value)) throw invalidRequest('Invalid object', path);
  return Object.fromEntries(
    Object.keys(value).map((name) => [name, oneEvidence(value, name, path)]),
  );
};

function oneEvidence(form: Form, name: string, path: string): string | null {
  const below = `${path}[${name.slice(0, 50)}]`;
  const value = form[name];
  if (!EVIDENCE.includes(name))
    throw invalidRequest(`Received unknown parameter: ${below}`, below, 'parameter_unknown');
  if (typeof value !== 'string' || value.length > 20_000)
    throw invalidRequest('Invalid string', below);
  return value === '' ? null : value;
}

const OPEN: readonly DisputeStatus[] = ['needs_response', 'warning_needs_response'];

function submitted(account: Account, dispute: Dispute): Dispute {
  const warning = dispute.status === 'warning_needs_response';
  const verdict = dispute.evidence.uncategorized_text;
  const { evidence_details } = dispute;
  const sent = {
    ...dispute,
    evidence_details: {
      ...evidence_details,
      submission_count: evidence_details.submission_count + 1,
    },
  };
  if (verdict === 'winning_evidence')
    return close(account, sent, warning ? 'warning_closed' : 'won');
  if (verdict === 'losing_evidence')
    return close(account, sent, warning ? 'warning_closed' : 'lost');
  return { ...sent, status: warning ? 'warning_under_review' : 'under_review' };
}

/** A lost one keeps the money, a won one gives it back. */
function close(account: Account, dispute: Dispute, status: DisputeStatus): Dispute {
  const charge = account.charges.get(dispute.charge)!;
  if (status !== 'won') return { ...dispute, status };
  const entry = book(account, {
    type: 'adjustment',
    source: dispute.id,
    amount: dispute.amount,
    currency: dispute.currency,
    fee: -FEE,
    description: `Chargeback reversal for ${charge.id}`,
  });
  account.charges.put({ ...charge, dispute: null });
  const entries = [...dispute.balance_transactions, wireNow(account, entry)];
  return { ...dispute, status, balance_transactions: entries };
}

/** Saves and says what changed. */
function changed(account: Account, before: Dispute, after: Dispute): Dispute {
  const saved = account.disputes.put(after);
  const closed = ['won', 'lost', 'warning_closed'].includes(after.status);
  if (after.status === 'won') emit(account, 'charge.dispute.funds_reinstated', saved);
  emit(account, `charge.dispute.${closed ? 'closed' : 'updated'}`, saved, {
    status: before.status,
  });
  return saved;
}

function findOpen(account: Account, id: string): Dispute {
  const dispute = findDispute(account, id);
  if (OPEN.includes(dispute.status)) return dispute;
  throw refused('dispute_not_open', 'This dispute is already closed or under review.');
}

function findDispute(account: Account, id: string): Dispute {
  const dispute = account.disputes.get(id);
  if (!dispute) throw noSuch('dispute', id, 'dispute');
  return dispute;
}

export function disputeRoutes(api: Api): void {
  const listShape = shape(
    {},
    { ...paging, charge: text(), payment_intent: text(), created: moment },
  );
  api.get('/v1/disputes', listShape, (account, { charge, payment_intent, created, ...page }) =>
    listPage(account, account.disputes, '/v1/disputes', page, (dispute) =>
      [
        charge === undefined || dispute.charge === charge,
        payment_intent === undefined || dispute.payment_intent === payment_intent,
        created?.(dispute.created) ?? true,
      ].every(Boolean),
    ),
  );
  api.get('/v1/disputes/:id', nothing, (account, _params, id) => findDispute(account, id));
  const updateShape = shape({}, { evidence, metadata, submit: boolean });
  api.post(
    '/v1/disputes/:id',
    updateShape,
    (account, { evidence: given, metadata, submit }, id) => {
      const before = findOpen(account, id);
      const details = { ...before.evidence_details, has_evidence: true };
      const after = {
        ...before,
        metadata: mergedMetadata(before.metadata, metadata),
        ...(given ? { evidence: { ...before.evidence, ...given }, evidence_details: details } : {}),
      };
      const submits = submit ?? given !== undefined;
      return changed(account, before, submits ? submitted(account, after) : after);
    },
  );
  api.post('/v1/disputes/:id/close', nothing, (account, _params, id) => {
    const before = findOpen(account, id);
    const inquiry = before.status === 'warning_needs_response';
    return changed(account, before, close(account, before, inquiry ? 'warning_closed' : 'lost'));
  });
}
