// The contract between the host and a connector. A connector says how to talk to one PSP; it never decides what an
// outcome means for the payment, never retries, keeps no state of its own and sees no database.
//
// Every operation gets `call` (credentials, send, clock) and plain input, and answers an Outcome. The host
// (connectors/run.ts) watches what was sent: when a money-moving request left and the answer is lost or is a 5xx,
// the outcome is `unknown`, whatever the connector returned.
import type { Outcome } from '../domain/attempt/outcome.ts';
import type { HistoryKind, HistoryOrder } from '../domain/ledger/history.ts';
import type { LedgerStatus } from '../domain/ledger/words.ts';
import type { DisputeWord } from '../domain/payment/dispute.ts';
import type { PaymentType } from '../domain/payment/payment.ts';
import type { Money } from '../kernel/money.ts';
import type { ScriptFace, ScriptFacts, ScriptHost } from './script/face.ts';
import type { Send } from './transport.ts';

export type Mode = 'sandbox' | 'live';
export type Method =
  | 'card'
  | 'mobile_money'
  | 'bank_transfer'
  | 'bank'
  | 'ussd'
  | 'apple_pay'
  | 'google_pay'
  | 'qr'
  | 'eft';

/** `reversal`: of a payout or transfer, done by `reverse`. `transfer`: to another account at the PSP; done by `payout` of a connector that declares it. */
export type Operation =
  | 'charge'
  | 'authorize'
  | 'capture'
  | 'void'
  | 'refund'
  | 'payout'
  | 'transfer'
  | 'reversal';

export type Credentials = Readonly<Record<string, string>>;

export interface Call {
  readonly credentials: Credentials;
  readonly mode: Mode;
  readonly send: Send;
  readonly nowMs: number;
  /** An opaque name of the connection, the same for ever; left out where there is none yet. */
  readonly connection?: string;
  /** For PSPs whose access token is one for everybody who uses the credentials. */
  readonly token: SharedToken;
  /** Where this provider's callbacks come in, for PSPs that take an address per request; callback.ts adds to it. */
  readonly callbackUrl: string;
  /** Names of credentials that are no secrets (account numbers): they may stand in what is kept and shown. */
  readonly shown?: readonly string[];
  /** For connectors that are scripts. */
  readonly script?: ScriptHost;
  /** What must not stand in the evidence, besides the credentials: the account that is paid. */
  readonly hidden?: readonly string[];
}

export interface AccessToken {
  readonly token: string;
  readonly expiresInS: number;
}

export interface TokenWish<Failure> {
  /** The credentials that the PSP gives the token for: connections with the same share one. */
  readonly of: readonly string[];
  /** Gets a new one from the PSP, by this call's `send`. Only one process does at a time. */
  fetch(): Promise<AccessToken | { readonly failure: Failure }>;
  /** The token that the PSP has just refused: it is not given again. */
  readonly refused?: string;
  /** Asks the PSP although a stored one may be good: to check the credentials. */
  readonly renew?: boolean;
}

/** The stored token while it lasts, else a new one that all processes use from then on. */
export type SharedToken = <Failure>(
  wish: TokenWish<Failure>,
) => Promise<{ readonly token: string } | { readonly failure: Failure }>;

/** Customer data as the merchant gave it; a connector takes what its PSP needs. */
export interface Customer {
  readonly id: string | null;
  readonly email: string | null;
  readonly name: string | null;
  /** As given; E.164 when it could be normalised. */
  readonly phone: string | null;
}

/** A PSP token or account to charge at once, instead of sending the customer to the PSP's page. Never a PAN. */
export interface Instrument {
  /** Stripe `pm_…`, Paystack `AUTH_…`. */
  readonly token: string | null;
  readonly phone: string | null;
  /** Mobile money network: `mtn`, `vod`, `atl`, `mpesa`, `orange`, `wave`. */
  readonly network: string | null;
  readonly bankCode: string | null;
  readonly accountNumber: string | null;
}

/** Everything a charge needs, stored with the attempt, so that a repeat under the same key is byte-identical. */
export interface ChargeInput {
  /** Our reference for the attempt: 32 hex digits. Also the root of PSP idempotency keys. */
  readonly reference: string;
  readonly amount: Money;
  readonly method: Method | null;
  readonly country: string | null;
  readonly captureMethod: 'automatic' | 'manual';
  readonly customer: Customer;
  readonly instrument: Instrument | null;
  readonly description: string | null;
  /** Where the PSP sends the customer's browser afterwards: a URL of ours. Proves nothing. */
  readonly returnUrl: string;
  readonly cancelUrl: string;
  /** `page`: the PSP's hosted page. `client`: the PSP's browser library, when it has one. */
  readonly presentation: 'page' | 'client';
  /** `org_id`, `payment_id`, `connection_id` first, then the merchant's own; string values. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly saveInstrument: boolean;
  /** When our payment expires; epoch milliseconds. */
  readonly expiresAtMs: number;
  /** For connectors that are scripts. */
  readonly script?: ScriptFacts;
}

/** The attempt that a later operation is about. */
export interface AttemptRef {
  readonly reference: string;
  readonly pspReference: string | null;
  readonly pspState: Readonly<Record<string, string>>;
  readonly amount: Money;
  readonly captureMethod: 'automatic' | 'manual';
  readonly method: Method | null;
  readonly createdAtMs: number;
  /** Of the unsigned message that made us ask (WebhookMessage.hints). Whoever uses one has it confirmed. */
  readonly hints?: Readonly<Record<string, string>>;
  readonly script?: ScriptFacts;
}

export interface SubmitInput {
  readonly attempt: AttemptRef;
  readonly field: 'otp' | 'pin' | 'phone' | 'birthday' | 'address';
  /** For `address` a JSON object as text. */
  readonly value: string;
}

export interface OperationInput {
  readonly attempt: AttemptRef;
  /** Our reference of this capture, void or refund: the key at the PSP. */
  readonly reference: string;
  readonly amount: Money;
  readonly reason: string | null;
  /** Set when the PSP named the operation before: asks about it instead of repeating it. */
  readonly pspReference: string | null;
  /** What the connector wanted back of this operation. */
  readonly pspState: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
  /** Amounts and PSP references of this attempt's other refunds, for PSPs that can only list them. */
  readonly siblings: readonly {
    readonly amountMinor: bigint;
    readonly pspReference: string | null;
  }[];
  readonly script?: ScriptFacts;
}

export interface PayoutInput {
  /** Left out: a payout. A transfer only where the manifest has the operation. */
  readonly kind?: 'payout' | 'transfer';
  readonly reference: string;
  readonly amount: Money;
  readonly narration: string | null;
  readonly beneficiary: {
    readonly type: 'bank' | 'mobile_money';
    readonly name: string;
    readonly accountNumber: string;
    readonly bankCode: string;
  } | null;
  /** The PSP's own names of accounts: where from (null: its default), and where to (null: the beneficiary says). */
  readonly source?: string | null;
  readonly destination?: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly pspReference: string | null;
  readonly pspState: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
  readonly script?: ScriptFacts;
}

export interface Validation {
  readonly ok: boolean;
  /** A sentence for people; never contains a credential. */
  readonly message: string;
  /** False when the PSP could not be reached: the credentials are neither right nor wrong. */
  readonly reached: boolean;
}

/** The answer to a question that moves nothing and is about no payment. Messages never contain a credential. */
export type Told<T> =
  | { readonly kind: 'told'; readonly value: T }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'unreachable'; readonly message: string };

/** Whose account it is, as the PSP knows it. */
export interface AccountHolder {
  readonly accountName: string;
  readonly accountNumber: string;
}

export interface HistoryQuery {
  readonly kind: HistoryKind;
  /**
   * When the PSP made the objects, or last changed them (Manifest.history.by): from and to, both included; epoch
   * milliseconds. By change `toMs` may be passed over. Balances are as they are now.
   */
  readonly fromMs: number;
  readonly toMs: number;
  /** Null: the first page of this window. */
  readonly cursor: string | null;
}

/** The names of one object: the PSP's, and the one that its maker gave it. */
export interface HistoryName {
  readonly reference: string | null;
  readonly givenReference: string | null;
}

/** Money that moved, was to move, or moved back, as the PSP has it now. */
export interface MovementItem extends HistoryName {
  readonly is: 'movement';
  readonly reference: string;
  /** Null: a payment. Else the one that this gives back, contests or corrects. */
  readonly parent: HistoryName | null;
  /** With a parent: the parent's. */
  readonly type: PaymentType;
  readonly createdAtMs: number;
  /** Of lists by change: when the PSP last changed it. It may come back to a status that it has had. */
  readonly changedAtMs?: number;
  /** `PENDING`: neither done nor over. With a parent: what it makes of it (`REFUNDED`, `DISPUTE` …). */
  readonly status: LedgerStatus;
  /** Gross: what was taken, reserved or asked for, whatever was given back since. The currency is a unit (domain/ledger/asset.ts). */
  readonly amount: Money;
  /** A word of domain/ledger/words.ts. */
  readonly scheme?: string;
  /** The PSP's own names of accounts. */
  readonly sourceAccount?: string | null;
  readonly destinationAccount?: string | null;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Of `REFUND_REVERSED`: another object than the refund that it takes back, so it counts by itself. */
  readonly isOfItsOwn?: true;
}

/** An account that the PSP knows: the merchant's own, or one that is paid. */
export interface AccountItem {
  readonly is: 'account';
  readonly reference: string;
  readonly type: 'INTERNAL' | 'EXTERNAL';
  /** Empty: it has none. */
  readonly name: string;
  /** A unit (domain/ledger/asset.ts). */
  readonly defaultUnit: string | null;
  readonly createdAtMs: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** What else the PSP says of it and anybody may see. */
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface BalanceItem {
  readonly is: 'balance';
  /** The PSP's name of the account. */
  readonly account: string;
  /** May be negative. The currency is a unit. */
  readonly amount: Money;
  readonly atMs: number;
}

export type HistoryItem = MovementItem | AccountItem | BalanceItem;

export interface HistoryPage {
  /** By creation newest first, by change oldest change first. */
  readonly items: readonly HistoryItem[];
  /** PSP references of objects that have no meaning for us. */
  readonly unreadable: readonly string[];
  /** Null: this was the last page. */
  readonly next: string | null;
  /**
   * On the last page, by change: the latest change that was read in the whole sweep, by the PSP's clock, null when
   * nothing was; the next sweep reads that instant again. Left out: to the end of the window.
   */
  readonly readToMs?: number | null;
}

/** An inbound webhook as it arrived. */
export interface InboundMessage {
  readonly headers: Readonly<Record<string, string>>;
  /** Of a callback address (callback.ts) also its last part, as `callback`. */
  readonly query: Readonly<Record<string, string>>;
  readonly rawBody: Buffer;
}

/** `unsigned`: the PSP does not sign, or the merchant gave no secret: a hint only, never evidence. */
export type Authenticity = 'verified' | 'unsigned' | 'forged';

/** How a webhook finds its attempt; the host tries them in this order. */
export interface WebhookTarget {
  readonly reference: string | null;
  readonly pspReference: string | null;
  readonly paymentId: string | null;
  readonly refundReference: string | null;
  readonly refundPspReference: string | null;
}

/** What a webhook says, readable without credentials. Null when it is not about anything we keep. */
export interface WebhookMessage {
  /** Unique per event at the PSP; the host falls back to the body's hash. */
  readonly eventId: string | null;
  readonly eventType: string;
  readonly target: WebhookTarget;
  /** What it says happened; null: about our object, but only a reason to ask the PSP. */
  readonly about: 'charge' | 'refund' | 'payout' | 'dispute' | null;
  readonly outcome: Outcome | null;
  /** For dispute events: the dispute as the PSP has it, when it says so. */
  readonly dispute?: DisputeWord | null;
  /** For refund events: the amount that identifies the refund when it has no reference. */
  readonly amountMinor: bigint | null;
  /** What an unsigned message claims and a question to the PSP may need (an id that only it names). Unproven. */
  readonly hints?: Readonly<Record<string, string>>;
}

export interface CredentialField {
  readonly name: string;
  readonly required: boolean;
  readonly secret: boolean;
  readonly title: string;
  /** Other names a request may use (`secretKey`, `webhook_secret`); camelCase is always accepted. */
  readonly aliases?: readonly string[];
  /** Regular expression of a plausible value, checked per mode when both are given. */
  readonly pattern?: { readonly sandbox: string; readonly live: string };
}

export interface Capabilities {
  readonly methods: readonly Method[];
  readonly countries: readonly string[] | 'any';
  readonly currencies: readonly string[] | 'any';
  readonly operations: readonly Operation[];
  readonly partialRefund: boolean;
  /** Methods and currencies that can be authorised first and captured later. */
  readonly manualCapture: {
    readonly methods: readonly Method[];
    readonly currencies: readonly string[] | 'any';
  } | null;
  /** Per currency, smallest amount in ISO minor units. */
  readonly minimumMinor: Readonly<Record<string, bigint>>;
  readonly maximumMinor: Readonly<Record<string, bigint>>;
}

export interface Manifest {
  /** `paystack`, `stripe`: the provider word of every API. */
  readonly provider: string;
  readonly name: string;
  readonly baseUrl: Readonly<Record<Mode, string>>;
  readonly credentials: readonly CredentialField[];
  /** Credential handed to browsers as `psp_public_key`; null when the PSP has none. */
  readonly publicCredential: string | null;
  readonly capabilities: Capabilities;
  /**
   * Operations that the PSP guarantees to execute once for one key, and for how long: after an `unknown` the host
   * sends the same request again instead of asking. Stripe: all POSTs, 24 h. Paystack: none (duplicates are refused).
   */
  readonly guaranteesKey: {
    readonly operations: readonly Operation[];
    readonly hours: number;
  } | null;
  /** Between `unknown` and the first query, and after; seconds. Null: the host's schedule (reliability.md F7). */
  readonly syncScheduleS: readonly number[] | null;
  /** Further hosts of the PSP, by the name that a request gives (`PspRequest.host`); live ones. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** The credential that is the base URL, where every merchant names a PSP of his own. */
  readonly endpointCredential?: string;
  /** The PSP has no sandbox: sandbox connections go to the simulator, or nowhere. */
  readonly liveOnly?: true;
  /** The provider's word in callback addresses, where the PSP refuses the ordinary one. */
  readonly callbackAlias?: string;
  /** The header of its webhooks that is the merchant's secret as it is, not a signature made with it. */
  readonly secretHeader?: string;
  /** What the PSP wants to hear for a callback; absent: our own answer. */
  readonly acknowledgement?: Readonly<Record<string, string | number>>;
  /** What `history` lists. Absent: nothing. */
  readonly history?: {
    readonly kinds: readonly HistoryKind[];
    readonly by: HistoryOrder;
    /** Among the accounts are those of others, who are paid. */
    readonly externalAccounts?: true;
  };
}

export interface Connector {
  readonly manifest: Manifest;
  charge(input: ChargeInput, call: Call): Promise<Outcome>;
  authorize?(input: ChargeInput, call: Call): Promise<Outcome>;
  /** What the customer typed; of a payout, what the merchant did. */
  submitAction?(input: SubmitInput, call: Call): Promise<Outcome>;
  /** Has the PSP send the merchant the code again without which a payout does not go on. Answers what it says. */
  resendCode?(payout: Pick<PayoutInput, 'reference'>, call: Call): Promise<Told<string>>;
  capture?(input: OperationInput, call: Call): Promise<Outcome>;
  /** Releases an authorisation or closes an open attempt, so that it can no longer be paid. */
  void?(input: OperationInput, call: Call): Promise<Outcome>;
  refund?(input: OperationInput, call: Call): Promise<Outcome>;
  payout?(input: PayoutInput, call: Call): Promise<Outcome>;
  /** Calls back what was paid out, or a part of it. Done is `refunded`. */
  reverse?(input: OperationInput, call: Call): Promise<Outcome>;
  syncReversal?(input: OperationInput, call: Call): Promise<Outcome>;
  /** Asks the PSP what became of an attempt. Moves nothing. */
  sync(attempt: AttemptRef, call: Call): Promise<Outcome>;
  syncRefund?(input: OperationInput, call: Call): Promise<Outcome>;
  syncPayout?(input: PayoutInput, call: Call): Promise<Outcome>;
  /** What can be paid out now, by currency. */
  balances?(call: Call): Promise<Told<readonly Money[]>>;
  /** One page of what the PSP itself has made, ours or not, of a kind that the manifest names. Moves nothing. */
  history?(query: HistoryQuery, call: Call): Promise<Told<HistoryPage>>;
  /** Asks whose account it is before anybody is paid. */
  resolveAccount?(
    beneficiary: NonNullable<PayoutInput['beneficiary']>,
    call: Call,
  ): Promise<Told<AccountHolder>>;
  /** The PSP's cheapest authenticated request. */
  validate(call: Call): Promise<Validation>;
  /** Reads a webhook without believing it. Null for a body that is not this PSP's. Pure. */
  readWebhook(message: InboundMessage): WebhookMessage | null;
  /** Checks origin with one connection's credentials, over the raw bytes, in constant time. Pure. */
  verifyWebhook(message: InboundMessage, credentials: Credentials, nowMs: number): Authenticity;
  /** What a connector that is a script can do besides (connxt.md section 9). */
  readonly script?: ScriptFace;
}
