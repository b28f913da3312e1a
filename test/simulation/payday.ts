// What the shops of a world pay out, and what they do about it then: repeat, approve, reject and ask, also at once.
import type { Dice } from './dice.ts';
import type { Shop } from './shop.ts';

type Step = { readonly do: 'repeat' | 'confirm' | 'cancel' | 'race'; readonly afterMs: number };

export interface Payout {
  readonly name: string;
  readonly amount: number;
  /** Two requests under the one key leave at the same time. */
  readonly twice: boolean;
  readonly body: Readonly<Record<string, unknown>>;
  /** It is asked for now and to be paid after so long; null: at once. */
  readonly inMs: number | null;
  /** The account that is to be paid; null: the merchant's own. */
  readonly account: string | null;
  readonly startsAfterMs: number;
  readonly steps: readonly Step[];
}

const MINUTE = 60_000;
/** The last two are the simulators': one payout is refused later, one is paid and comes back (but not everywhere). */
const FATES = ['9990000001', '9990000002'];
/** More than any account holds. */
const TOO_MUCH = 2_000_000_000;
const PAYERS: Readonly<Record<string, readonly string[]>> = {
  ZA: ['paystack', 'flutterwave'],
  GH: ['hubtel', 'paystack', 'flutterwave'],
  KE: ['mpesa', 'paystack', 'flutterwave'],
  NG: ['monnify', 'paystack', 'flutterwave'],
};

export function payoutsOf(dice: Dice, shop: Shop, count: number): Payout[] {
  return Array.from({ length: count }, (_, index) =>
    payoutOf(dice.fork(`payout ${index}`), shop, `${shop.name}-payout-${index}`),
  );
}

function payoutOf(dice: Dice, { markets, accounts }: Shop, name: string): Payout {
  const market = dice.pick(markets);
  const { currency, country } = market;
  const amount = dice.chance(0.08) ? TOO_MUCH : market.amount(dice);
  const isOwn = country === 'ZA' && dice.chance(0.15);
  const payers = isOwn ? ['stripe'] : (PAYERS[country] ?? []);
  const able = accounts.filter(({ provider }) => payers.includes(provider));
  const beneficiary = isOwn ? null : beneficiaryIn(country, dice);
  const routed = !isOwn && dice.chance(0.3);
  return {
    name,
    amount,
    twice: dice.chance(0.2),
    body: {
      amount,
      currency,
      ...(beneficiary ? { beneficiary } : {}),
      ...(routed || able.length === 0 ? {} : { connection_id: dice.pick(able).id }),
      narration: name,
      metadata: { order: name },
      ...(dice.chance(0.3) ? { requires_confirmation: true } : {}),
    },
    inMs: dice.chance(0.2) ? dice.between(0, 60 * MINUTE) : null,
    account: beneficiary?.account_number ?? beneficiary?.phone ?? null,
    startsAfterMs: dice.between(0, 5 * MINUTE),
    steps: stepsOf(dice),
  };
}

interface Beneficiary {
  readonly type: 'bank' | 'mobile_money';
  readonly name: string;
  readonly account_number?: string;
  readonly bank_code?: string;
  readonly phone?: string;
  readonly provider?: string;
}

function beneficiaryIn(country: string, dice: Dice): Beneficiary {
  const five = String(dice.between(10_000, 99_999));
  const account = dice.chance(0.25) ? dice.pick(FATES) : `01234${five}`;
  // The holder that the simulator of Monnify knows of every account.
  const holder = { type: 'bank', name: 'Túndé Bẹ́llò', account_number: account } as const;
  const wallet = { type: 'mobile_money', name: 'Ama Mensah' } as const;
  switch (country) {
    case 'GH':
      return { ...wallet, phone: `05512${five}`, provider: 'mtn' };
    case 'KE':
      return { ...wallet, phone: `07123${dice.chance(0.2) ? '45001' : five}`, provider: 'mpesa' };
    case 'NG':
      return { ...holder, bank_code: '058' };
    default:
      return { ...holder, bank_code: '632005' };
  }
}

function stepsOf(dice: Dice): Step[] {
  return Array.from({ length: dice.between(0, 4) }, () => ({
    do: dice.pick(['repeat', 'confirm', 'confirm', 'cancel', 'race', 'race'] as const),
    afterMs: dice.chance(0.2) ? 0 : dice.wait(20_000),
  }));
}

/** Does one payout of a shop's, to its last step. */
export async function payOut(shop: Shop, payout: Payout): Promise<void> {
  await shop.sleep(payout.startsAfterMs);
  const { inMs } = payout;
  const atMs = inMs === null ? null : shop.nowMs() + inMs;
  const body =
    atMs === null ? payout.body : { ...payout.body, scheduled_at: new Date(atMs).toISOString() };
  const create = () => ask(shop, payout, 'payout', '/v1/payouts', body, `key-${payout.name}`);
  const answers = await Promise.all(payout.twice ? [create(), create()] : [create()]);
  const made = answers.find((answer) => answer !== null && answer.status < 300)?.body;
  if (!made) return;
  for (const [index, step] of payout.steps.entries()) {
    await shop.sleep(step.afterMs);
    const act = (word: string, actor: string) =>
      ask(
        shop,
        payout,
        word,
        `/v1/payouts/${made.id}/${word}`,
        {},
        `${word}-${actor}-${index}`,
        actor,
      );
    if (step.do === 'repeat') await create();
    else if (step.do !== 'race') await act(step.do, 'checker');
    else
      await Promise.all([
        act('confirm', 'checker'),
        act('confirm', 'maker'),
        act('cancel', 'boss'),
      ]);
  }
}

function ask(
  shop: Shop,
  payout: Payout,
  what: string,
  path: string,
  payload: object,
  key: string,
  actor = 'maker',
) {
  const headers = { 'x-actor-id': actor };
  return shop.ask({ about: payout, what, path, payload, key, headers }, shop.paidOut);
}
