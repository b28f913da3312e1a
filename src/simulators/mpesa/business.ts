// What needs an initiator: payouts, reversals, questions about them, the balance (psp/mpesa.md sections 2.4 to 2.6). All
// are acknowledged at once and answered later, at the address that the request named.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Parts } from '../simulator.ts';
import { type Job, type Ledger, resultBody } from './ledger.ts';
import { payoutFate, TEXTS } from './results.ts';
import {
  addressOf,
  amountOf,
  bodyOf,
  type Fields,
  merchantOf,
  phoneOf,
  refuse,
  required,
  stampOf,
  type Tokens,
  textOf,
} from './wire.ts';

export function businessRoutes(app: FastifyInstance, parts: Parts, tokens: Tokens, ledger: Ledger) {
  const { jobs, now } = ledger;

  app.post('/mpesa/b2c/v3/paymentrequest', (request) => {
    const { key, body } = initiated(request, 'InitiatorName');
    const originator = required(body, 'OriginatorConversationID');
    required(body, 'CommandID', /^(SalaryPayment|BusinessPayment|PromotionPayment)$/);
    required(body, 'PartyA', /^\d{5,7}$/);
    required(body, 'Remarks', /^[\s\S]{2,100}$/);
    const phone = phoneOf(body, 'PartyB');
    const known = jobs.list(key).some((one) => one.originator === originator);
    if (known) throw refuse(500, '500.002.1001', 'Duplicate OriginatorConversationID.');
    const fate = payoutFate(phone);
    const kind = 'payout' as const;
    return acknowledge(begin(key, body, { kind, originator, phone, fate, original: null }));
  });

  app.post('/mpesa/reversal/v1/request', (request) => {
    const { key, body } = initiated(request, 'Initiator');
    required(body, 'CommandID', /^TransactionReversal$/);
    required(body, 'RecieverIdentifierType', /^11$/);
    required(body, 'ReceiverParty', /^\d{5,7}$/);
    required(body, 'Remarks', /^[\s\S]{2,100}$/);
    const original = required(body, 'TransactionID');
    const fate = ledger.fateOfReversal(key, original, amountOf(body));
    const paid = ledger.paidIn.get(key, original);
    if (paid && fate !== 'R000001' && fate !== 'R000002')
      ledger.paidIn.put(key, original, { ...paid, reversal: 'pending' });
    const originator = `7071-${4_170_000 + parts.books.next('originator', 1)}-1`;
    const phone = paid?.phone ?? '';
    return acknowledge(begin(key, body, { kind: 'reversal', originator, phone, fate, original }));
  });

  app.post('/mpesa/transactionstatus/v1/query', (request) => {
    const { key, body } = initiated(request, 'Initiator');
    required(body, 'CommandID', /^TransactionStatusQuery$/);
    const wanted = textOf(body.OriginalConversationID) ?? textOf(body.TransactionID);
    const asked = jobs
      .list(key)
      .find(({ originator, conversation, receipt }) =>
        [originator, conversation, receipt].includes(wanted ?? ''),
      );
    return answerLater(key, body, asked ? statusOf(asked) : null);
  });

  app.post('/mpesa/accountbalance/v1/query', (request) => {
    const { key, body } = initiated(request, 'Initiator');
    const AccountBalance =
      'Working Account|KES|1200.00|1200.00|0.00|0.00&Utility Account|KES|900.00|900.00|0.00|0.00';
    return answerLater(key, body, { AccountBalance, BOCompletedTime: stampOf(now()) });
  });

  function initiated(request: FastifyRequest, initiator: string) {
    const key = merchantOf(request, parts, tokens);
    const body = bodyOf(request);
    required(body, initiator);
    if (required(body, 'SecurityCredential').startsWith('invalid'))
      throw refuse(500, '500.001.1001', 'Wrong credentials');
    addressOf(body, 'QueueTimeOutURL');
    return { key, body };
  }

  function newConversation(): string {
    const number = parts.books.next('conversation', 1);
    return `AG_${stampOf(now()).slice(0, 8)}_${String(number).padStart(22, '0')}`;
  }

  function begin(
    key: string,
    body: Fields,
    about: Pick<Job, 'kind' | 'originator' | 'phone' | 'fate' | 'original'>,
  ): Job {
    return ledger.start(key, {
      ...about,
      conversation: newConversation(),
      receipt: ledger.newReceipt(),
      amount: amountOf(body),
      resultUrl: addressOf(body, 'ResultURL'),
      resultCode: null,
      createdMs: now(),
    });
  }

  /** An answer to a question; `null`: there is no such transaction. */
  function answerLater(key: string, body: Fields, parameters: Fields | null): object {
    const originator = `1236-${7_134_000 + parts.books.next('originator', 1)}-1`;
    const conversation = newConversation();
    const answer = { originator, conversation, receipt: ledger.newReceipt() };
    const result = resultBody(answer, parameters === null ? 'R000002' : '0', parameters ?? {});
    const about = { event: 'answer', operation: 'sync', reference: originator, amount: 0 } as const;
    ledger.tell(key, addressOf(body, 'ResultURL'), result, about);
    return acknowledge(answer);
  }
}

function acknowledge({ originator, conversation }: Pick<Job, 'originator' | 'conversation'>) {
  return {
    OriginatorConversationID: originator,
    ConversationID: conversation,
    ResponseCode: '0',
    ResponseDescription: 'Accept the service request successfully.',
  };
}

function statusOf(job: Job): Fields {
  const { resultCode, amount, receipt, originator, conversation, createdMs } = job;
  const ended = resultCode !== null;
  const failed = ended && resultCode !== '0';
  return {
    DebitPartyName: '600310 - Demo Shop',
    CreditPartyName: `${job.phone} - W K`,
    OriginatorConversationID: originator,
    InitiatedTime: Number(stampOf(createdMs)),
    TransactionReason: failed ? `${resultCode} ${TEXTS[resultCode] ?? ''}` : undefined,
    TransactionStatus: failed ? 'Declined' : ended ? 'Completed' : 'Pending',
    FinalisedTime: ended ? Number(stampOf(createdMs)) : undefined,
    Amount: String(amount),
    ConversationID: conversation,
    ReceiptNo: receipt,
  };
}
