// The books of Safaricom: pushes and what came of them, what was paid in, paid out and reversed. Every movement of money
// is written here, so that no path can charge twice.
import type { Collection } from '../books.ts';
import type { Fault, PspOperation } from '../faults.ts';
import type { Parts } from '../simulator.ts';
import { losesCallback, magicOf, reversalFate, TEXTS } from './results.ts';
import { BUSINESS, masked, stampOf } from './wire.ts';

export interface Push {
  readonly checkout: string;
  readonly merchantRequest: string;
  readonly shortCode: string;
  readonly phone: string;
  readonly amount: number;
  readonly account: string;
  readonly callbackUrl: string;
  /** Null: under way. */
  readonly resultCode: string | null;
  /** What comes of paying; `0`: paid. */
  readonly end: string;
  /** It is confirmed only so long after the payer paid. */
  readonly lateMs: number | null;
  readonly answered: boolean;
  readonly receipt: string | null;
  readonly createdMs: number;
  /** How often it was asked about while it was open: the two forms of "pending" take turns. */
  readonly asked: number;
}

export interface PaidIn {
  readonly receipt: string;
  readonly shortCode: string;
  readonly phone: string;
  readonly amount: number;
  readonly account: string;
  readonly atMs: number;
  readonly reversal: 'none' | 'pending' | 'done';
}

/** A payout or a reversal: asked for, acknowledged, and ended later. */
export interface Job {
  readonly kind: 'payout' | 'reversal';
  readonly originator: string;
  readonly conversation: string;
  readonly receipt: string;
  readonly phone: string;
  readonly amount: number;
  readonly resultUrl: string;
  /** The receipt that is reversed. */
  readonly original: string | null;
  /** What it comes to; `stuck`: nothing. */
  readonly fate: string;
  readonly resultCode: string | null;
  readonly createdMs: number;
}

/** The payer has so long for a prompt (section 2.1). */
const PROMPT_MS = 60_000;
const JOB_MS = 2_000;

export type Ledger = ReturnType<typeof createLedger>;

export function createLedger(parts: Parts) {
  const { books, ports, schedule, phone: phones, webhooks } = parts;
  const pushes: Collection<Push> = books.collection('pushes');
  const paidIn: Collection<PaidIn> = books.collection('paid_in');
  const jobs: Collection<Job> = books.collection('jobs');
  const urls = books.collection<{ readonly confirmation: string }>('c2b_urls');
  const now = () => ports.clock.nowMs();

  schedule.task('answer', (key, checkout) => {
    const push = pushes.get(key, checkout);
    if (push && !push.answered) conclude(key, push, push.end);
  });
  schedule.task('expire', (key, checkout) => {
    const push = pushes.get(key, checkout);
    if (push && !push.answered) end(key, push, '1037');
  });
  schedule.task('confirm', (key, checkout) => {
    const push = pushes.get(key, checkout);
    if (push?.resultCode === null) end(key, push, push.end);
  });
  schedule.task('job', (key, conversation) => {
    const job = jobs.get(key, conversation);
    if (job && job.resultCode === null && job.fate !== 'stuck') finish(key, job);
  });

  /** `AB12CD34EF`: ten capital letters and digits. */
  function newReceipt(): string {
    const number = books.next('receipt', 1).toString(36).toUpperCase();
    return `S${number.padStart(9, '0')}`;
  }

  function tell(
    key: string,
    url: string,
    body: object,
    about: { event: string; operation: PspOperation; reference: string; amount: number },
    faults: readonly Fault[] = [],
  ): void {
    const { event, operation, reference, amount } = about;
    webhooks.send({
      key,
      event,
      url,
      body: JSON.stringify(body),
      sign: () => ({}),
      // Sent once, whatever is answered.
      accepted: () => true,
      faults,
      operation,
      reference,
      amount: String(amount),
      simulate: null,
    });
  }

  function push(key: string, opened: Push): Push {
    pushes.put(key, opened.checkout, opened);
    const { checkout, phone, amount, account } = opened;
    const magic = magicOf(phone);
    if (magic?.asks !== false)
      phones.ask(key, {
        phone,
        subject: checkout,
        merchant: BUSINESS,
        amount: `KES ${amount}.00`,
        reference: account,
      });
    if (magic?.afterMs) schedule.after(magic.afterMs, key, 'answer', checkout);
    else schedule.after(PROMPT_MS, key, 'expire', checkout);
    return opened;
  }

  /** The payer has entered his PIN, or the magic of his number did. */
  function conclude(key: string, push: Push, code: string): void {
    phones.close(key, push.checkout);
    if (push.lateMs === null || code !== '0') {
      end(key, push, code);
      return;
    }
    pushes.put(key, push.checkout, { ...push, answered: true });
    schedule.after(push.lateMs, key, 'confirm', push.checkout);
  }

  function end(key: string, push: Push, code: string): void {
    const { checkout, merchantRequest, callbackUrl, phone, amount, account, shortCode } = push;
    phones.close(key, checkout);
    const receipt = code === '0' ? newReceipt() : null;
    pushes.put(key, checkout, { ...push, resultCode: code, answered: true, receipt });
    const items = [
      { Name: 'Amount', Value: amount },
      { Name: 'MpesaReceiptNumber', Value: receipt },
      { Name: 'Balance' },
      { Name: 'TransactionDate', Value: Number(stampOf(now())) },
      { Name: 'PhoneNumber', Value: Number(phone) },
    ];
    const stkCallback = {
      MerchantRequestID: merchantRequest,
      CheckoutRequestID: checkout,
      ResultCode: Number(code),
      ResultDesc: TEXTS[code] ?? 'Failed',
      ...(receipt === null ? {} : { CallbackMetadata: { Item: items } }),
    };
    const lost: Fault[] = losesCallback(phone) ? [{ name: 'webhook_lost', argument: null }] : [];
    const about = { event: 'stk', operation: 'charge', reference: account, amount } as const;
    tell(key, callbackUrl, { Body: { stkCallback } }, about, lost);
    if (receipt !== null) payIn(key, { receipt, shortCode, phone, amount, account });
  }

  /** Money that came in to a short code; told to its confirmation address, when it has one. */
  function payIn(key: string, paid: Omit<PaidIn, 'atMs' | 'reversal'>): PaidIn {
    const row = paidIn.put(key, paid.receipt, { ...paid, atMs: now(), reversal: 'none' });
    const url = urls.get(key, paid.shortCode)?.confirmation;
    if (url === undefined) return row;
    const confirmation = {
      TransactionType: 'Pay Bill',
      TransID: paid.receipt,
      TransTime: stampOf(now()),
      TransAmount: String(paid.amount),
      BusinessShortCode: paid.shortCode,
      BillRefNumber: paid.account,
      InvoiceNumber: '',
      OrgAccountBalance: '1000.00',
      ThirdPartyTransID: '',
      MSISDN: masked(paid.phone),
      FirstName: 'Wanjiru',
      MiddleName: '',
      LastName: 'Kamau',
    };
    const { account: reference, amount } = paid;
    tell(key, url, confirmation, { event: 'c2b', operation: 'charge', reference, amount });
    return row;
  }

  function start(key: string, job: Job): Job {
    schedule.after(JOB_MS, key, 'job', job.conversation);
    return jobs.put(key, job.conversation, job);
  }

  function finish(key: string, job: Job): void {
    const { kind, fate, original, amount, resultUrl } = job;
    jobs.put(key, job.conversation, { ...job, resultCode: fate });
    const reversed = original === null ? undefined : paidIn.get(key, original);
    // A second reversal has not begun anything that could end here.
    if (reversed && fate !== 'R000001' && fate !== 'R000002')
      paidIn.put(key, reversed.receipt, {
        ...reversed,
        reversal: fate === '0' ? 'done' : 'none',
      });
    const parameters =
      kind === 'payout'
        ? { TransactionAmount: amount, TransactionReceipt: job.receipt }
        : { Amount: amount, OriginalTransactionID: original };
    const body = resultBody(job, fate, fate === '0' ? parameters : {});
    const operation = kind === 'payout' ? 'payout' : 'refund';
    tell(key, resultUrl, body, { event: kind, operation, reference: job.originator, amount });
  }

  /** What a reversal will come to, decided when it is accepted: a transaction is reversed once. */
  function fateOfReversal(key: string, receipt: string, amount: number): string {
    const paid = paidIn.get(key, receipt);
    if (!paid || paid.amount !== amount) return 'R000002';
    return paid.reversal === 'none' ? reversalFate(paid.phone) : 'R000001';
  }

  return {
    pushes,
    paidIn,
    jobs,
    urls,
    now,
    newReceipt,
    tell,
    push,
    conclude,
    end,
    payIn,
    start,
    fateOfReversal,
  };
}

/** The frame of all results of requests that are answered later. */
export function resultBody(
  { originator, conversation, receipt }: Pick<Job, 'originator' | 'conversation' | 'receipt'>,
  code: string,
  parameters: Readonly<Record<string, unknown>>,
): object {
  const list = Object.entries(parameters).map(([Key, Value]) => ({ Key, Value }));
  return {
    Result: {
      ResultType: 0,
      ResultCode: /^\d+$/.test(code) ? Number(code) : code,
      ResultDesc: TEXTS[code] ?? 'Failed',
      OriginatorConversationID: originator,
      ConversationID: conversation,
      TransactionID: receipt,
      // One parameter alone comes without its list.
      ...(list.length === 0
        ? {}
        : { ResultParameters: { ResultParameter: list.length === 1 ? list[0] : list } }),
      ReferenceData: { ReferenceItem: { Key: 'QueueTimeoutURL', Value: 'https://example' } },
    },
  };
}
