// Hostile lists: whatever a PSP tells of its history, what comes out can be kept, or nothing does.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyTransmission } from '../../test/any-transmission.ts';
import { isCurrency } from '../kernel/currency.ts';
import type { Call, Connector, HistoryItem } from './contract.ts';
import * as flw from './flutterwave/fixture.ts';
import { flutterwave } from './flutterwave/index.ts';
import * as mny from './monnify/fixture.ts';
import { monnify } from './monnify/index.ts';
import * as psk from './paystack/fixture.ts';
import { paystack } from './paystack/index.ts';
import * as str from './stripe/fixtures.ts';
import { stripe } from './stripe/index.ts';
import type { Transmission } from './transport.ts';

const made = { created_at: '2026-01-05T10:10:00.000Z' };
const createdOn = '2026-01-05T10:10:00.000+00:00';
const page_info = { total: 1, current_page: 1, total_pages: 1 };

interface Subject {
  readonly connector: Connector;
  readonly call: (...script: Transmission[]) => { readonly call: Call };
  readonly claims: readonly Record<string, unknown>[];
  readonly wrap: (row: object) => unknown;
  /** What a question about one object is answered. */
  readonly single: unknown;
}

const ofStripe = { created: 1_767_226_000 };
const stripePage = (row: object) => ({
  ...row,
  data: [row],
  has_more: false,
  available: [row],
  external_accounts: { data: [row] },
});
const paystackPage = (data: unknown) => ({ status: true, message: 'retrieved', data });

const histories: Readonly<Record<string, Subject>> = {
  flutterwave: {
    connector: flutterwave,
    call: flw.scripted,
    claims: [
      { ...flw.transaction(), ...made },
      flw.refundData(made),
      flw.transferData(made),
      { ...made, id: 1, amount: 5, status: 'won', transaction_id: 7_000_001 },
      { currency: 'NGN', available_balance: 5.5 },
    ],
    wrap: (row) => flw.ok([row], { meta: { page_info } }),
    single: flw.ok(flw.transaction()),
  },
  monnify: {
    connector: monnify,
    call: (...script) => mny.scripted(script),
    claims: [
      { ...mny.transaction(), createdOn, amount: 1500.5, currencyCode: 'NGN' },
      {
        ...mny.transaction({ paymentStatus: 'OVERPAID' }),
        createdOn,
        amount: 5,
        currencyCode: 'NGN',
      },
      mny.refundData({ createdOn: '06/01/2026 09:35:22 AM' }),
      mny.payoutData({ createdOn, currency: 'NGN' }),
      { availableBalance: 5.5, ledgerBalance: '5.5' },
    ],
    wrap: (row) => mny.ok({ ...row, content: [row], last: true }),
    single: mny.ok(mny.transaction()),
  },
  paystack: {
    connector: paystack,
    call: psk.scripted,
    claims: [
      { ...psk.verified().data, ...made },
      psk.refundData({ status: 'processed', ...made }),
      {
        ...psk.transferData({ status: 'success', ...made }),
        recipient: { recipient_code: 'RCP_1' },
      },
      { ...made, id: 350001, refund_amount: 4200, currency: 'NGN', status: 'pending' },
      { ...made, id: 6000001, recipient_code: 'RCP_1', name: 'Ama', details: { bank_name: 'One' } },
      { currency: 'NGN', balance: 1250000 },
    ],
    wrap: (row) => paystackPage([row]),
    single: paystackPage([]),
  },
  stripe: {
    connector: stripe,
    call: (...script) => ({ call: str.scripted(...script) }),
    claims: [
      str.paidIntent(ofStripe),
      str.refundObject({ ...ofStripe, balance_transaction: 'txn_1' }),
      str.payoutObject({ ...ofStripe, destination: 'ba_1' }),
      {
        ...ofStripe,
        id: 'dp_1',
        amount: 5,
        currency: 'usd',
        status: 'lost',
        payment_intent: 'pi_1',
      },
      { ...ofStripe, id: 'acct_1', default_currency: 'usd', settings: {}, country: 'US' },
      { id: 'acct_1', amount: -5, currency: 'usd' },
    ],
    wrap: stripePage,
    single: { id: 'acct_1', ...stripePage({ id: 'acct_1' }) },
  },
};

function mayBeKept(item: HistoryItem): boolean {
  if (item.is === 'account')
    return isName(item.reference) && item.name.length <= 200 && item.createdAtMs < 1e14;
  const { amountMinor, currency } = item.amount;
  if (!isCurrency(currency) || BigInt.asIntN(63, amountMinor) !== amountMinor) return false;
  if (item.is === 'balance') return isName(item.account);
  const isWhen = item.createdAtMs >= 0 && item.createdAtMs < 1e14;
  const given = item.givenReference === null || isName(item.givenReference);
  return isName(item.reference) && given && isWhen && amountMinor >= 0n;
}

function isName(text: string): boolean {
  return /^[\x20-\x7e]{1,255}$/.test(text);
}

describe.each(Object.entries(histories))('the history of %s', (_, psp) => {
  const { connector } = psp;
  const documented = [...psp.claims.map(psp.wrap), psp.single];
  const any = anyTransmission(documented, psp.claims, psp.wrap);
  const right = fc.constantFrom(...documented).map((body): Transmission => {
    const text = JSON.stringify(body);
    return { sent: 'replied', status: 200, headers: {}, text };
  });
  const reply = fc.oneof(any, right);
  const script = fc.tuple(reply, reply, reply, reply);
  const times = fc.record({ fromMs: fc.nat(), toMs: fc.constant(9e13) });

  it.each(connector.manifest.history!.kinds)('of %s tells only what can be kept', async (kind) => {
    let items = 0;
    await fc.assert(
      fc.asyncProperty(script, times, async (answers, window) => {
        const { call } = psp.call(...answers);
        const told = await connector.history!({ ...window, kind, cursor: null }, call);
        if (told.kind !== 'told') return;
        for (const item of told.value.items) expect(mayBeKept(item)).toBe(true);
        for (const name of told.value.unreadable) expect(isName(name)).toBe(true);
        items += told.value.items.length;
      }),
      { numRuns: 1_000 },
    );
    expect(items).toBeGreaterThan(0);
  });
});
