// Webhooks (C-7, C-8; reliability.md F5, F6, F8): genuine ones are believed and find their attempt, anything else is a
// forgery; what they say is what the PSP says when it is asked.
import { expect } from 'vitest';
import type { InboundMessage, WebhookMessage } from '../../../src/connectors/contract.ts';
import { type Case, type Cases, expectMoney } from '../case.ts';
import type { Merchant } from '../merchant.ts';
import { part } from '../merchant.ts';
import type { Payment } from '../payment.ts';
import { forgeries } from './forgery.ts';

/** Longer than a webhook waits for the reply of its call, shorter than anything else takes. */
const SOON_MS = 100;

interface Heard {
  readonly message: InboundMessage;
  readonly said: WebhookMessage;
}

/** Every webhook so far: genuine, readable, and read twice alike. */
function heard({ inbox, connector, credentials }: Merchant): Heard[] {
  return inbox.map((message) => {
    const { receivedMs } = message;
    expect(connector.verifyWebhook(message, credentials, receivedMs)).toBe('verified');
    const said = connector.readWebhook(message);
    expect(said, 'a webhook that cannot be read').not.toBeNull();
    expect(connector.readWebhook(message)).toEqual(said);
    return { message, said: said! };
  });
}

export const webhook: Cases = (subject) => [
  {
    name: 'what happened on the page is told by webhook, as it is when asked for',
    proves: [{ row: 'webhook' }],
    async run(merchant) {
      const journey = merchant.subject.journeys.find(({ row }) => row === 'page')!;
      const payment = await merchant.charge(journey.patch);
      await journey.answer!(payment, 'success', merchant.psps);
      await expectTold(merchant, payment);
    },
  },
  {
    name: 'a charge is told by webhook, as it is when asked for',
    run: async (merchant) => expectTold(merchant, await merchant.charge()),
  },
  ...authorizations(),
  {
    name: 'refunds are told by webhook, equal ones apart',
    async run(merchant) {
      const payment = await merchant.charge();
      await merchant.psps.advance(SOON_MS);
      const from = merchant.inbox.length;
      const amount = part(payment, 1n, 5n);
      await merchant.operate('refund', payment, amount);
      await merchant.operate('refund', payment, amount);
      await merchant.psps.advance(merchant.subject.refunds.settlesMs + SOON_MS);
      const about = heard(merchant)
        .slice(from)
        .filter(({ said }) => said.about === 'refund');
      expect(about.length).toBeGreaterThan(0);
      for (const { said } of about) {
        expectAbout(said, payment);
        if (said.outcome?.kind === 'succeeded')
          expect(said.outcome).toMatchObject({ what: 'refunded', amountMinor: amount });
      }
      const done = about.filter(({ said }) => said.outcome?.kind === 'succeeded');
      expect(new Set(done.map(identity)).size).toBe(done.length);
      expect(new Set(done.map(identity)).size).toBeGreaterThanOrEqual(2);
    },
  },
  {
    name: 'a refund that fails later is told by webhook',
    async run(merchant) {
      const { failing } = merchant.subject.refunds;
      const payment = await merchant.charge(failing.patch);
      await merchant.operate('refund', payment);
      await merchant.psps.advance(failing.afterMs + SOON_MS);
      const failed = heard(merchant).filter(({ said }) => said.outcome?.kind === 'declined');
      expect(failed.length).toBeGreaterThan(0);
      for (const { said } of failed) {
        expect(said.about).toBe('refund');
        expectAbout(said, payment);
      }
      await merchant.askRefund(payment.refunds[0]!);
    },
  },
  {
    name: 'a payout is told by webhook',
    async run(merchant) {
      await merchant.subject.payouts.prepare?.(merchant);
      const payout = await merchant.payOut();
      await merchant.psps.advance(merchant.subject.payouts.settlesMs + SOON_MS);
      const about = heard(merchant).filter(({ said }) => said.about === 'payout');
      const paid = about.filter(({ said }) => said.outcome?.kind === 'succeeded');
      expect(paid.length).toBeGreaterThan(0);
      for (const { said } of about)
        expect([said.target.reference, said.target.pspReference]).toContain(payout.reference);
      for (const { said } of paid) expectMoney(said.outcome, 'paid_out', payout.amount);
    },
  },
  {
    name: 'a dispute is noticed',
    proves: [{ row: 'dispute' }],
    async run(merchant) {
      const { direct } = merchant.subject;
      const payment = await merchant.charge({ ...direct, metadata: { simulate: 'dispute' } });
      await merchant.psps.advance(10_000);
      const disputes = heard(merchant).filter(({ said }) => said.about === 'dispute');
      expect(disputes.length).toBeGreaterThan(0);
      for (const { said } of disputes) {
        expectAbout(said, payment);
        expect(said.outcome).toBeNull();
      }
    },
  },
  {
    name: 'a webhook that arrives before the reply finds its attempt',
    async run(merchant) {
      merchant.fault('webhook_early', {}, { times: 20 });
      const payment = merchant.open(merchant.subject.direct);
      await merchant.send(payment);
      // Nothing of the reply was known yet.
      const early = heard(merchant).filter(({ said }) => said.about === 'charge');
      expect(early.length).toBeGreaterThan(0);
      const named = early.filter(({ said }) => said.target.reference === payment.reference);
      expect(named.length).toBeGreaterThan(0);
    },
  },
  {
    name: 'a webhook that comes twice is known by its id',
    async run(merchant) {
      merchant.fault('webhook_twice', {}, { times: 20 });
      await merchant.charge();
      await merchant.psps.advance(SOON_MS);
      const all = heard(merchant);
      const bodies = Map.groupBy(all, ({ message }) => message.rawBody.toString('latin1'));
      expect([...bodies.values()].map((same) => same.length)).toEqual([...bodies].map(() => 2));
      for (const same of bodies.values()) expect(new Set(same.map(identity)).size).toBe(1);
      expect(new Set(all.map(identity)).size).toBe(bodies.size);
    },
  },
  {
    name: 'a webhook that was lost is not missed by who asks',
    async run(merchant) {
      merchant.fault('webhook_lost', {}, { times: 50 });
      const payment = await merchant.charge();
      await merchant.psps.advance(SOON_MS);
      expect(merchant.inbox).toEqual([]);
      expectMoney(await merchant.sync(payment), 'captured', payment.input.amount);
    },
  },
  ...forgeries(subject),
];

function authorizations(): Case[] {
  return [
    {
      name: 'authorization, capture and release are told by webhook, and none says more than happened',
      async run(merchant) {
        const { authorize } = merchant.subject;
        if (!authorize) return;
        const payment = await merchant.charge(authorize);
        await merchant.psps.advance(SOON_MS);
        const first = heard(merchant).filter(({ said }) => said.outcome?.kind === 'succeeded');
        for (const { said } of first) expectMoney(said.outcome, 'authorized', payment.input.amount);
        const from = merchant.inbox.length;
        const capture = await merchant.operate('capture', payment, part(payment, 1n, 2n));
        await merchant.psps.advance(SOON_MS);
        const then = heard(merchant).slice(from);
        const told = then.filter(({ said }) => said.outcome?.kind === 'succeeded');
        expect(told.length).toBeGreaterThan(0);
        for (const { said } of told) {
          expectAbout(said, payment);
          expectMoney(said.outcome, 'captured', capture.amount);
        }
        const released = await merchant.charge(authorize);
        await merchant.operate('void', released);
        await merchant.psps.advance(SOON_MS);
        for (const { said } of heard(merchant))
          if (said.target.reference === released.reference && said.outcome?.kind === 'succeeded')
            expect(['authorized', 'voided']).toContain(said.outcome.what);
      },
    },
  ];
}

/** At least one webhook settles it; none says anything but what the PSP answers. */
async function expectTold(merchant: Merchant, payment: Payment): Promise<void> {
  await merchant.psps.advance(SOON_MS);
  const asked = await merchant.sync(payment);
  const about = heard(merchant).filter(({ said }) => said.about === 'charge');
  for (const { said } of about) expectAbout(said, payment);
  const settling = about.filter(({ said }) => said.outcome?.kind === 'succeeded');
  expect(settling.length).toBeGreaterThan(0);
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
