// What a merchant asks to be paid out, and the rows it becomes. Pure apart from ids and secrets, which come from the
// ports. The account that is paid is sealed; only its mask is stored in clear.
import { assetOfUnit } from '../../domain/ledger/asset.ts';
import type { Payment } from '../../domain/payment/payment.ts';
import { type Beneficiary, maskBeneficiary } from '../../domain/payout/beneficiary.ts';
import type { RoutePlan } from '../../domain/routing/plan.ts';
import type { TransactionFacts } from '../../domain/transaction/transaction.ts';
import { newId } from '../../kernel/ids.ts';
import type { Payout } from '../../store/payouts.ts';
import { seal } from '../../vault/envelope.ts';
import { type NewPayment, paymentRow } from '../charge/new-payment.ts';
import type { Context, Environment } from '../context.ts';
import { beneficiaryPlace } from './payout-input.ts';

export interface NewPayout {
  readonly type: 'payout' | 'transfer';
  /** Null: routed as payments are. */
  readonly connectionId: string | null;
  readonly amountMinor: bigint;
  readonly currency: string;
  /** Who is paid; null: `destinationAccount`, or the merchant's own account where the PSP has but one. */
  readonly beneficiary: Beneficiary | null;
  /** Where the beneficiary was saved. */
  readonly beneficiaryId: string | null;
  /** The PSP's own names of accounts. */
  readonly sourceAccount: string | null;
  readonly destinationAccount: string | null;
  /** Unique at the connection; null: the payout's id. */
  readonly reference: string | null;
  /** As it was sent; null: the published form of the currency. */
  readonly asset: string | null;
  readonly narration: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Not before; null: at once. */
  readonly scheduledAtMs: number | null;
  /** It waits for an approval even where the environment's policy would not have it wait. */
  readonly needsApproval: boolean;
  /** Who asks, as the history names them. */
  readonly createdBy: string;
  /** The API: `reevit`, `connxt`, `formance`. */
  readonly source: string;
  readonly customer?: NewPayment['customer'];
  readonly country?: string | null;
  readonly transaction?: TransactionFacts;
}

const NOBODY = { id: null, email: null, name: null, phone: null };

/** The payout as routing and a payment's row see it. */
export function asPayment(asked: NewPayout): NewPayment {
  return {
    type: asked.type,
    amountMinor: asked.amountMinor,
    currency: asked.currency,
    method: null,
    country: asked.country ?? null,
    customer: asked.customer ?? NOBODY,
    reference: asked.reference,
    description: asked.narration,
    metadata: asked.metadata,
    captureMethod: 'automatic',
    request: {
      instrument: null,
      presentation: 'page',
      returnUrl: null,
      cancelUrl: null,
      saveInstrument: false,
      allowedProviders: [],
      prefer: [],
      forcedConnectionId: asked.connectionId,
      ...(asked.transaction ? { transaction: asked.transaction } : {}),
    },
    source: asked.source,
  };
}

export function payoutRows(
  context: Context,
  environment: Environment,
  asked: NewPayout,
  route: RoutePlan,
  first: { readonly connectionId: string; readonly provider: string },
  waits: boolean,
): { readonly payment: Payment; readonly payout: Payout } {
  const id = newId(asked.type === 'transfer' ? 'tr' : 'po', context.ports);
  const row = paymentRow(context, environment, id, asPayment(asked), route);
  const scheduledAt = asked.scheduledAtMs;
  const isLater = scheduledAt !== null && scheduledAt > row.createdAt;
  const payment: Payment = {
    ...row,
    status: waits ? 'awaiting_approval' : 'pending',
    connectionId: first.connectionId,
    provider: first.provider,
    dueAt: isLater && !waits ? scheduledAt : null,
  };
  return { payment, payout: payoutRow(context, payment, asked, first.connectionId) };
}

function payoutRow(
  { keyRing, ports }: Context,
  { environmentId, id, createdAt }: Payment,
  asked: NewPayout,
  connectionId: string,
): Payout {
  const { beneficiary } = asked;
  return {
    environmentId,
    paymentId: id,
    connectionId,
    reference: asked.reference ?? id,
    asset: asked.asset ?? assetOfUnit(asked.currency),
    beneficiary: beneficiary && maskBeneficiary(beneficiary),
    sealedBeneficiary:
      beneficiary &&
      seal(keyRing, beneficiaryPlace(environmentId, id), { ...beneficiary }, ports.random),
    beneficiaryId: asked.beneficiaryId,
    sourceAccount: asked.sourceAccount,
    destinationAccount: asked.destinationAccount,
    scheduledAt: asked.scheduledAtMs,
    createdBy: asked.createdBy,
    createdAt,
  };
}
