// Authorize, capture, void. An authorization is taken once, wholly or in part, or given back; never both.
import { expect } from 'vitest';
import { pageOf } from '../answers.ts';
import {
  type Case,
  type Cases,
  expectAction,
  expectDeclined,
  expectMoney,
  expectPaid,
} from '../case.ts';
import { part } from '../merchant.ts';
import type { Patch } from '../subject.ts';

export const authorize: Cases = ({ authorize, journeys, cannot }) => [
  ...(authorize ? authorizations(authorize) : []),
  ...journeys
    .filter(({ row, patch }) => row === 'page' && patch.captureMethod !== 'manual')
    .map(({ patch }) => closing(patch, 'close' in cannot)),
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
    {
      name: 'an authorization without a capture can be given back neither as a refund',
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
        await merchant.operate('capture', payment, part(payment, 1n, 2n));
        const refund = await merchant.operate('refund', payment, part(payment, 1n, 4n));
        await merchant.psps.advance(merchant.subject.refunds.settlesMs);
        expectMoney(await merchant.askRefund(refund), 'refunded', refund.amount);
        const { charged, refunded } = merchant.books.of(payment.reference);
        expect({ charged, refunded }).toEqual({
          charged: part(payment, 1n, 2n),
          refunded: part(payment, 1n, 4n),
        });
      },
    },
  ];
}

function closing(patch: Patch, isDenied: boolean): Case {
  if (isDenied)
    return {
      name: 'that an open page cannot be closed is said without a call',
      async run(merchant) {
        expectDeclined((await merchant.operate('void', await merchant.charge(patch))).last);
        expect(merchant.exchanges).toEqual([]);
      },
    };
  return {
    name: 'an open page is closed for good',
    proves: [{ row: 'close' }],
    async run(merchant) {
      const payment = await merchant.charge(patch);
      expectAction(payment.last, 'redirect');
      const { last } = await merchant.operate('void', payment);
      expectMoney(last, 'voided', payment.input.amount);
      expectDeclined(await merchant.sync(payment));
      await merchant.psps.press(pageOf(payment), 'success');
      expectDeclined(await merchant.sync(payment));
    },
  };
}
