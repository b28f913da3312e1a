// What the suite has to know of one connector and its simulator: how to make the PSP do what a case needs. A new
// connector adds one such file, and passes; no case is written for one connector.
import type {
  ChargeInput,
  Connector,
  Credentials,
  PayoutInput,
} from '../../src/connectors/contract.ts';
import type { DeclineCode, Fallback } from '../../src/domain/attempt/decline.ts';
import type { CustomerAction, Outcome } from '../../src/domain/attempt/outcome.ts';
import type { Money } from '../../src/kernel/money.ts';
import type { Merchant } from './merchant.ts';
import type { Payment } from './payment.ts';
import type { Button, Landing, Psps } from './psps.ts';
import type { Row } from './rows.ts';

/** A charge, as far as it differs from a plain one. */
export type Patch = Partial<Omit<ChargeInput, 'reference'>>;

/** One way a customer pays: what is asked, where it is answered, and what follows each answer. */
export interface Journey {
  readonly name: string;
  readonly row: Row;
  readonly patch: Patch;
  /** What the connector asks for first. */
  readonly asks: CustomerAction['type'];
  /** Questions that go through submitAction, in order. */
  readonly steps?: readonly Step[];
  /** The beginning of the path where the last answer goes; faults strike there. For one journey of a connector. */
  readonly submitPath?: string;
  /** How the customer answers where we cannot see it; null: the last step is the end. */
  readonly answer: Answer | null;
  /** How many calls it takes to begin; absent: one. */
  readonly calls?: number;
  /** What becomes of it after "Decline" and after "Cancel". `open`: the customer may still pay. */
  readonly declined: DeclineCode | 'open';
  readonly cancelled: DeclineCode | 'open';
  /** The bank refuses although the customer did everything right. */
  readonly refusedAfterAll?: DeclineCode;
  /** What becomes of it when nobody answers for so long. */
  readonly expires: { readonly afterMs: number; readonly code: DeclineCode } | null;
}

export type Answer = (
  payment: Payment,
  button: Button,
  psps: Psps,
  /** The merchant's, for what only he can make the PSP's sandbox do. */
  credentials: Credentials,
) => Promise<Landing>;

export interface Step {
  readonly field: 'otp' | 'pin' | 'phone' | 'birthday' | 'address';
  readonly right: string;
  /** Null where the simulator takes any well-formed answer. */
  readonly wrong: { readonly value: string; readonly code: DeclineCode } | null;
  /** The PSP refuses to read it, and asks on. */
  readonly malformed: string;
}

export interface Refusal {
  /** `decline:do_not_honor`, the name of a test card … */
  readonly name: string;
  readonly patch: Patch;
  /** `unknown`: looks like a refusal and proves nothing. */
  readonly code: DeclineCode | 'unknown';
  /** Where the PSP's own advice overrides the table of declines. */
  readonly fallback?: Fallback;
}

export interface Refunds {
  /** An ordinary refund succeeds at once, or after so long. */
  readonly settlesMs: number;
  readonly late: { readonly patch: Patch; readonly afterMs: number } | null;
  readonly failing: { readonly patch: Patch; readonly afterMs: number } | null;
  /** Waits for somebody, for ever. */
  readonly stuck: Patch | null;
}

export interface PayoutWay {
  readonly name: string;
  readonly input: Partial<PayoutInput> & Pick<PayoutInput, 'amount'>;
}

export interface Payouts {
  /** Who can be paid; the first is the ordinary one. */
  readonly ways: readonly [PayoutWay, ...PayoutWay[]];
  /** From accepted to paid. */
  readonly settlesMs: number;
  /** Puts money into the balance first, where the simulator starts without. */
  readonly prepare?: (merchant: Merchant) => Promise<void>;
  /** Where the call goes that moves no money and comes first (a recipient); null: there is none. */
  readonly beforehand: string | null;
  readonly refused: readonly {
    readonly name: string;
    readonly input: Partial<PayoutInput>;
    readonly code: DeclineCode;
  }[];
  readonly failing: readonly {
    readonly name: string;
    readonly input: Partial<PayoutInput>;
    readonly code: DeclineCode;
    readonly afterMs: number;
  }[];
  /** Accepted, and never paid unless somebody does something at the PSP. */
  readonly stuck: readonly { readonly name: string; readonly input: Partial<PayoutInput> }[];
}

export interface Subject {
  readonly connector: Connector;
  /** The path of the call for an access token, which is made when none is left; not counted as a call. */
  readonly tokenPath?: string;
  /** What the PSP's books call a charge of ours; absent: by our reference. */
  booksNames?(reference: string): readonly string[];
  /** True where the PSP takes no metadata, so that its books cannot name our payment. */
  readonly takesNoMetadata?: true;
  /** The PSP documents no refusal of too many requests: one proves nothing. */
  readonly knowsNoRateLimit?: true;
  /** Asked about refunds and payouts, the PSP answers by webhook. */
  readonly answersByWebhook?: true;
  /**
   * The PSP has no key for charges: one that is sent again is another one, and only the lock on the payer's phone
   * stands before it.
   */
  readonly hasNoChargeKey?: true;
  /** Credentials of a merchant with books of its own. */
  credentialsOf(name: string): Credentials;
  /** The name of the books at the simulator. */
  bookKeyOf(credentials: Credentials): string;
  /** What the simulator signs webhooks with; null: the key itself. */
  webhookSecretOf(credentials: Credentials): string | null;
  /** Credentials that the PSP refuses. */
  readonly wrong: Credentials;
  /** A saved instrument that is charged at once; null: every payment needs the customer. */
  readonly direct: Patch | null;
  /** Confirmed so long after the call. */
  readonly late: { readonly patch: Patch; readonly afterMs: number } | null;
  /** The first is the ordinary one. */
  readonly journeys: readonly [Journey, ...Journey[]];
  /** The PSP does not know a page (the first journey) by our reference until somebody pays there. */
  readonly silentPage?: boolean;
  readonly refusals: readonly Refusal[];
  /** An authorization at once. */
  readonly authorize: Patch | null;
  readonly refunds: Refunds | null;
  readonly payouts: Payouts | null;
  /** Each charged directly; an amount is given where the manifest's smallest will not do. */
  readonly currencies: readonly {
    readonly currency: string;
    readonly patch?: Patch;
    readonly smallest?: bigint;
    readonly largest?: bigint;
  }[];
  /** A payment that starts for the method; methods of the manifest must all be here. */
  readonly methods: readonly {
    readonly method: NonNullable<ChargeInput['method']>;
    readonly patch: Patch;
  }[];
  /** Amounts that the PSP cannot hold. */
  readonly impossible: readonly Money[];
  /** What the signature of a webhook covers; `sender`: a header that proves only who sent it. */
  readonly signs: 'body' | 'sender' | 'nothing';
  /** What the matrix says of webhooks, where it is another thing outside the sandbox. */
  readonly webhookNote?: string;
  /** How old a webhook may be when it arrives; null: the PSP's signature carries no time. */
  readonly webhookToleranceMs: number | null;
  /** Asked for what the PSP cannot do, the connector refuses without a call. */
  readonly refusedWithoutCall: readonly {
    readonly name: string;
    readonly run: (merchant: Merchant) => Promise<Outcome>;
  }[];
  /** Rows of the matrix that the PSP has not, with its document's reason. */
  readonly cannot: Readonly<Partial<Record<Row, string>>>;
}
