// Authorize, capture, void. An authorization is taken once, wholly or in part, or given back; never both.
import { expect } from 'vitest';
import {
  type Case,
  type Cases,
  expectAction,
  expectDeclined,
  expectMoney,
  expectPaid,
} from '../case.ts';
import { part } from '../merchant.ts';
import type { Journey, Patch, Refunds } from '../subject.ts';

export const authorize: Cases = ({ authorize, refunds, journeys: [ordinary], cannot }) => [
  ...(authorize === null ? [] : authorizations(authorize)),
  ...(authorize === null || refunds === null ? [] : refundsOf(authorize, refunds)),
  closing(ordinary, 'close' in cannot),
];

function authorizations(patch: Patch): Case[] {
  return [
    {
      name: 'an authorization is captured whole',
      proves: [{ row: 'authorize' }],
      async run(merchant) {
        const payment = await merchant.charge(patch);
        expectPaid(payment);
        await merchant.sync(payment);
        expectPaid(payment);
        const capture = await merchant.operate('capture', payment);
        expectMoney(capture.last, 'captured', payment.input.amount);
        expectMoney(await merchant.sync(payment), 'captured', payment.input.amount);
      },
    },
    {
      name: 'a charge that is to be captured by hand is only authorised',
      async run(merchant) {
        const payment = merchant.open(patch);
        await merchant.send(payment, 'open', 'charge');
        expectPaid(payment);
      },
    },
    {
      name: 'an authorization is captured in part, and the rest is given back',
      proves: [{ row: 'capture_part' }],
      async run(merchant) {
        const payment = await merchant.charge(patch);
        const capture = await merchant.operate('capture', payment, part(payment, 1n, 4n));
        expectMoney(capture.last, 'captured', capture.amount);
        expectMoney(await merchant.sync(payment), 'captured', capture.amount);
        expect(merchant.books.of(payment.reference).authorized).toBe(0n);
      },
    },
    {
      name: 'more than the authorization is not captured',
      async run(merchant) {
        const payment = await merchant.charge(patch);
        const tooMuch = payment.input.amount.amountMinor + 100n;
        expectDeclined((await merchant.operate('capture', payment, tooMuch)).last);
        expectMoney(await merchant.sync(payment), 'authorized', payment.input.amount);
        const capture = await merchant.operate('capture', payment);
        expectMoney(capture.last, 'captured', payment.input.amount);
      },
    },
    {
      name: 'a second capture takes nothing and does not claim to have taken anything',
      async run(merchant) {
        const payment = await merchant.charge(patch);
        await merchant.operate('capture', payment, part(payment, 1n, 2n));
        const again = await merchant.operate('capture', payment, part(payment, 1n, 2n));
        expectDeclined(again.last);
      },
    },
    {
      name: 'the capture that was carried out is recognised when it is asked for again',
      async run(merchant) {
        const payment = await merchant.charge(patch);
        const capture = await merchant.operate('capture', payment);
        if (merchant.connector.manifest.guaranteesKey?.operations.includes('capture'))
          expectMoney(await merchant.sendDeed(capture), 'captured', payment.input.amount);
        expectMoney(await merchant.sync(payment), 'captured', payment.input.amount);
      },
    },
    {
      name: 'an authorization is released',
      proves: [{ row: 'void' }],
      async run(merchant) {
        const payment = await merchant.charge(patch);
        const release = await merchant.operate('void', payment);
        expectMoney(release.last, 'voided', payment.input.amount);
        const after = await merchant.sync(payment);
        if (after.kind === 'succeeded') expect(after.what).toBe('voided');
        else expectDeclined(after);
        expectDeclined((await merchant.operate('capture', payment)).last);
      },
    },
    {
      name: 'a release that is sent twice does no harm',
      async run(merchant) {
        const payment = await merchant.charge(patch);
        const release = await merchant.operate('void', payment);
        const again = await merchant.sendDeed(release);
        expect(['succeeded', 'declined']).toContain(again.kind);
        expect(merchant.books.of(payment.reference).authorized).toBe(0n);
      },
    },
    {
      name: 'what was captured is not released',
      async run(merchant) {
        const payment = await merchant.charge(patch);
        await merchant.operate('capture', payment);
        const { last } = await merchant.operate('void', payment);
        if (last?.kind === 'succeeded') expectMoney(last, 'captured', payment.input.amount);
        else expectDeclined(last);
        expectMoney(await merchant.sync(payment), 'captured', payment.input.amount);
      },
    },
  ];
}

function refundsOf(patch: Patch, { settlesMs }: Refunds): Case[] {
  return [
    {
      name: 'what was only authorised is not refunded',
      async run(merchant) {
        const payment = await merchant.charge(patch);
        expectDeclined((await merchant.operate('refund', payment)).last);
        expectMoney(await merchant.sync(payment), 'authorized', payment.input.amount);
      },
    },
    {
      name: 'what was captured is refunded',
      async run(merchant) {
        const payment = await merchant.charge(patch);
        const capture = await merchant.operate('capture', payment, part(payment, 1n, 2n));
        const refund = await merchant.operate('refund', payment, capture.amount.amountMinor);
        await merchant.psps.advance(settlesMs);
        expectMoney(await merchant.askRefund(refund), 'refunded', capture.amount);
      },
    },
  ];
}

/** Either the PSP closes an open payment for good, or the connector says that it cannot: by having no verb, or so. */
function closing({ patch, asks, answer }: Journey, isDenied: boolean): Case {
  if (isDenied)
    return {
      name: 'that an open payment cannot be closed is said without a call',
      async run(merchant) {
        if (merchant.connector.void === undefined) return;
        expectDeclined((await merchant.operate('void', await merchant.charge(patch))).last);
        expect(merchant.exchanges).toEqual([]);
      },
    };
  return {
    name: 'an open payment is closed for good',
    proves: [{ row: 'close' }],
    async run(merchant) {
      const payment = await merchant.charge(patch);
      expectAction(payment.last, asks);
      const { last } = await merchant.operate('void', payment);
      expectMoney(last, 'voided', payment.input.amount);
      expectDeclined(await merchant.sync(payment));
      await answer?.(payment, 'success', merchant.psps, merchant.credentials);
      expectDeclined(await merchant.sync(payment));
    },
  };
}
