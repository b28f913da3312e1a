// Webhooks (C-7, C-8; reliability.md F5, F6, F8): genuine ones are believed and find their attempt, anything else is a
// forgery; what they say is what the PSP says when it is asked.
import { expect } from 'vitest';
import type { InboundMessage, WebhookMessage } from '../../../src/connectors/contract.ts';
import { moveAttempt } from '../../../src/domain/attempt/move.ts';
import type { Outcome } from '../../../src/domain/attempt/outcome.ts';
import type { Attempt, AttemptStatus } from '../../../src/domain/payment/payment.ts';
import { type Case, type Cases, expectMoney } from '../case.ts';
import type { Merchant } from '../merchant.ts';
import { part } from '../merchant.ts';
import type { Payment } from '../payment.ts';
import type { Patch, Payouts, Refunds, Subject } from '../subject.ts';
import { forgeries } from './forgery.ts';

/** Longer than a webhook waits for the reply of its call, shorter than anything else takes. */
const SOON_MS = 100;

interface Heard {
  readonly message: InboundMessage;
  readonly said: WebhookMessage;
}

/** Every webhook so far: genuine, readable, and read twice alike. */
function heard({ inbox, connector, credentials, subject }: Merchant): Heard[] {
  const genuine = subject.signs === 'nothing' ? 'unsigned' : 'verified';
  return inbox.map((message) => {
    const { receivedMs } = message;
    const authenticity = connector.verifyWebhook(message, credentials, receivedMs);
    // The answer to a question of ours is the one message that such a PSP's word is taken for.
    if (!(subject.answersByWebhook && authenticity === 'verified'))
      expect(authenticity).toBe(genuine);
    const said = connector.readWebhook(message);
    expect(said, 'a webhook that cannot be read').not.toBeNull();
    expect(connector.readWebhook(message)).toEqual(said);
    // A header that proves only the sender is worth nothing for what the body says.
    if (subject.signs === 'sender') expect(said?.outcome).toBeNull();
    return { message, said: said! };
  });
}

/** Whether a webhook is evidence, or only a reason to ask. */
function isEvidence({ signs }: Subject): boolean {
  return signs === 'body';
}

export const webhook: Cases = (subject) => {
  const { authorize, refunds, payouts, cannot } = subject;
  return [
    ...charges(subject),
    ...(authorize === null ? [] : [authorization(authorize)]),
    ...(refunds === null ? [] : [refunded(refunds)]),
    ...(refunds?.failing ? [refundFailed(refunds.failing)] : []),
    ...(payouts === null ? [] : [paidOut(payouts)]),
    ...('dispute' in cannot ? [] : [disputed()]),
    ...deliveries(subject),
    ...forgeries(subject),
  ];
};

/** What the matrix adds where a webhook is not evidence. */
const WORTH = {
  body: undefined,
  sender: 'a reason to ask: a token tells who sent it',
  nothing: 'a reason to ask: nothing is signed',
} as const;

function charges({ direct, journeys, signs, webhookNote }: Subject): Case[] {
  const detail = webhookNote ?? WORTH[signs];
  return [
    {
      name: 'what the customer did is told by webhook, as it is when asked for',
      proves: [{ row: 'webhook', ...(detail === undefined ? {} : { detail }) }],
      run: async (merchant) => expectTold(merchant, await merchant.paid(journeys[0].patch)),
    },
    ...(direct === null
      ? []
      : [
          {
            name: 'a charge is told by webhook, as it is when asked for',
            run: async (merchant: Merchant) => expectTold(merchant, await merchant.charge(direct)),
          },
        ]),
  ];
}

function authorization(patch: Patch): Case {
  return {
    name: 'authorization, capture and release are told by webhook, and none says more than happened',
    async run(merchant) {
      const payment = await merchant.charge(patch);
      await merchant.psps.advance(SOON_MS);
      for (const { said } of settledBy(heard(merchant)))
        expectMoney(said.outcome, 'authorized', payment.input.amount);
      const from = merchant.inbox.length;
      const capture = await merchant.operate('capture', payment, part(payment, 1n, 2n));
      await merchant.psps.advance(SOON_MS);
      const told = settledBy(heard(merchant).slice(from));
      expect(told.length).toBeGreaterThan(0);
      for (const { said } of told) {
        expectAbout(said, payment);
        expectMoney(said.outcome, 'captured', capture.amount);
      }
      const released = await merchant.charge(patch);
      await merchant.operate('void', released);
      await merchant.psps.advance(SOON_MS);
      for (const { said } of settledBy(heard(merchant)))
        if (said.target.reference === released.reference && said.outcome?.kind === 'succeeded')
          expect(['authorized', 'voided']).toContain(said.outcome.what);
    },
  };
}

function refunded({ settlesMs }: Refunds): Case {
  return {
    name: 'refunds are told by webhook, equal ones apart',
    async run(merchant) {
      const payment = await merchant.paid();
      await merchant.psps.advance(SOON_MS);
      const from = merchant.inbox.length;
      const { partialRefund } = merchant.connector.manifest.capabilities;
      const amount = part(payment, 1n, partialRefund ? 5n : 1n);
      await merchant.operate('refund', payment, amount);
      if (partialRefund) await merchant.operate('refund', payment, amount);
      await merchant.psps.advance(settlesMs + SOON_MS);
      const about = heard(merchant)
        .slice(from)
        .filter(({ said }) => said.about === 'refund');
      for (const { said } of about) expectAbout(said, payment);
      const done = isEvidence(merchant.subject) ? settledBy(about) : about;
      for (const { said } of settledBy(about))
        expect(said.outcome).toMatchObject({ what: 'refunded', amountMinor: amount });
      const told = new Set(done.map(identity)).size;
      expect(told).toBe(done.length);
      expect(told).toBeGreaterThanOrEqual(payment.refunds.length);
    },
  };
}

function refundFailed({ patch, afterMs }: NonNullable<Refunds['failing']>): Case {
  return {
    name: 'a refund that fails later is told by webhook',
    async run(merchant) {
      const payment = await merchant.paid(patch);
      const deed = await merchant.operate('refund', payment);
      await merchant.psps.advance(afterMs + SOON_MS);
      const told = heard(merchant).filter(({ said }) => said.about === 'refund');
      const failed = isEvidence(merchant.subject)
        ? told.filter(({ said }) => said.outcome?.kind === 'declined')
        : told;
      expect(failed.length).toBeGreaterThan(0);
      for (const { said } of failed) {
        expect(said.about).toBe('refund');
        expectAbout(said, payment);
      }
      await merchant.askRefund(deed);
    },
  };
}

function paidOut({ prepare, settlesMs }: Payouts): Case {
  return {
    name: 'a payout is told by webhook',
    async run(merchant) {
      await prepare?.(merchant);
      const payout = await merchant.payOut();
      await merchant.psps.advance(settlesMs + SOON_MS);
      const about = heard(merchant).filter(({ said }) => said.about === 'payout');
      for (const { said } of about)
        expect([said.target.reference, said.target.pspReference]).toContain(payout.reference);
      const paid = settledBy(about);
      expect((isEvidence(merchant.subject) ? paid : about).length).toBeGreaterThan(0);
      for (const { said } of paid) expectMoney(said.outcome, 'paid_out', payout.amount);
    },
  };
}

function disputed(): Case {
  return {
    name: 'a dispute is noticed',
    proves: [{ row: 'dispute' }],
    async run(merchant) {
      const metadata = { simulate: 'dispute' };
      const payment = await merchant.paid({ ...merchant.plain, metadata });
      await merchant.psps.advance(10_000);
      const disputes = heard(merchant).filter(({ said }) => said.about === 'dispute');
      expect(disputes.map(({ said }) => said.dispute?.status)).toContain('DISPUTE');
      for (const { said } of disputes) {
        expectAbout(said, payment);
        expect(said.outcome).toBeNull();
      }
      // Disputed money is captured money, until it is taken back.
      expectMoney(await merchant.sync(payment), 'captured', payment.input.amount);
    },
  };
}

function deliveries(subject: Subject): Case[] {
  return [
    {
      name: 'a webhook that arrives before the reply finds its attempt',
      async run(merchant) {
        merchant.fault('webhook_early', {}, { times: 20 });
        const payment = await merchant.paid();
        // The PSP's own id may not have been known yet.
        const early = heard(merchant).filter(({ said }) => said.about === 'charge');
        const named = early.filter(({ said }) => said.target.reference === payment.reference);
        expect(named.length).toBeGreaterThan(0);
      },
    },
    {
      name: 'a webhook that comes twice is known by its id',
      async run(merchant) {
        merchant.fault('webhook_twice', {}, { times: 20 });
        await merchant.paid();
        await merchant.psps.advance(SOON_MS);
        const all = heard(merchant);
        const bodies = Map.groupBy(all, ({ message }) => message.rawBody.toString('latin1'));
        expect([...bodies.values()].map((same) => same.length)).toEqual([...bodies].map(() => 2));
        for (const same of bodies.values()) expect(new Set(same.map(identity)).size).toBe(1);
        expect(new Set(all.map(identity)).size).toBe(bodies.size);
      },
    },
    ...(isEvidence(subject)
      ? [{ name: 'webhooks in any order come to the same end', run: anyOrder }]
      : []),
    {
      name: 'a webhook that was lost is not missed by who asks',
      async run(merchant) {
        merchant.fault('webhook_lost', {}, { times: 50 });
        const payment = await merchant.paid();
        await merchant.psps.advance(SOON_MS);
        expect(merchant.inbox).toEqual([]);
        expectMoney(await merchant.sync(payment), 'captured', payment.input.amount);
      },
    },
  ];
}

/** Every order of a payment's webhooks, taken in by the host's own lattice (domain/attempt/move.ts). */
async function anyOrder(merchant: Merchant): Promise<void> {
  const { authorize, journeys, refunds } = merchant.subject;
  const payment = await merchant.paid(authorize ?? journeys[0].patch);
  if (authorize) await merchant.operate('capture', payment);
  if (refunds) await merchant.operate('refund', payment);
  await merchant.psps.advance((refunds?.settlesMs ?? 0) + SOON_MS);
  const outcomes = heard(merchant).flatMap(({ said }) =>
    said.about === 'charge' && said.outcome ? [said.outcome] : [],
  );
  expect(outcomes.length).toBeGreaterThan(0);
  for (const order of permutations(outcomes.slice(0, 6)))
    expect(statusAfter(payment, order), JSON.stringify(order.map(({ kind }) => kind))).toBe(
      'succeeded',
    );
}

function* permutations<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length <= 1) yield items;
  else
    for (const [index, item] of items.entries())
      for (const rest of permutations(items.toSpliced(index, 1))) yield [item, ...rest];
}

function statusAfter({ input }: Payment, outcomes: readonly Outcome[]): AttemptStatus {
  const { amountMinor, currency } = input.amount;
  // Of an attempt the lattice reads these members, and hands on the others.
  const sent = {
    status: 'sent',
    amountMinor,
    currency,
    authorizedMinor: 0n,
    capturedMinor: 0n,
    pspReference: null,
    pspState: {},
    decline: null,
    notFoundCount: 0,
    firstNotFoundAt: null,
  } as unknown as Attempt;
  return outcomes.reduce((attempt, outcome) => moveAttempt(attempt, outcome, 0).attempt, sent)
    .status;
}

function settledBy(all: readonly Heard[]): Heard[] {
  return all.filter(({ said }) => said.outcome?.kind === 'succeeded');
}

/** At least one webhook settles it; none says anything but what the PSP answers. */
async function expectTold(merchant: Merchant, payment: Payment): Promise<void> {
  await merchant.psps.advance(SOON_MS);
  const asked = await merchant.sync(payment);
  const about = heard(merchant).filter(({ said }) => said.about === 'charge');
  for (const { said } of about) expectAbout(said, payment);
  const settling = settledBy(about);
  expect((isEvidence(merchant.subject) ? settling : about).length).toBeGreaterThan(0);
  if (asked.kind !== 'succeeded') throw new Error(`the PSP says ${asked.kind}`);
  const { what, amountMinor, currency, pspReference } = asked;
  for (const { said } of settling)
    expect(said.outcome).toMatchObject({ what, amountMinor, currency, pspReference });
  const refused = about.filter(({ said }) => said.outcome?.kind === 'declined');
  expect(refused).toEqual([]);
}

/** By our reference, or by the PSP's where the host has stored it. */
function expectAbout({ target }: WebhookMessage, payment: Payment): void {
  const { reference, pspReference, pspState, refunds } = payment;
  const known = [reference, pspReference, ...Object.values(pspState)];
  const own = refunds.flatMap((refund) => [refund.reference, refund.pspReference]);
  const names = [target.reference, target.pspReference];
  const ours = names.some((name) => name !== null && known.includes(name));
  const refund = [target.refundReference, target.refundPspReference].some(
    (name) => name !== null && own.includes(name),
  );
  expect(ours || refund, `finds its attempt: ${JSON.stringify(target)}`).toBe(true);
  if (target.paymentId !== null) expect(target.paymentId).toBe(`pay_${reference}`);
}

/** What the host deduplicates by: the PSP's id, else the bytes. */
function identity({ message, said }: Heard): string {
  return said.eventId ?? message.rawBody.toString('latin1');
}
