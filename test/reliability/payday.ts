// What scenarios of payouts share: a shop that has money to pay out, and what the PSP's books say it paid.
import type { PaymentRecord } from '../../src/domain/payment/payment.ts';
import type { Context, Environment } from '../../src/flows/context.ts';
import type { NewPayout } from '../../src/flows/payout/index.ts';
import { findEnvironment } from '../../src/store/environments.ts';
import type { Provider, Scene, Shop } from './scene.ts';

/** An account that each PSP pays: Stripe knows only the merchant's own. */
const BENEFICIARY: Readonly<Record<Provider, NewPayout['beneficiary']>> = {
  paystack: { type: 'bank', name: 'Tunde Bello', accountNumber: '62000000001', bankCode: '632005' },
  stripe: null,
};

export interface Payday {
  readonly shop: Shop;
  readonly context: Context;
  readonly environment: Environment;
  asked(more?: Partial<NewPayout>): NewPayout;
  /** What the books of both connections hold. */
  paid(): { readonly payouts: number; readonly minor: number };
  /** `succeeded [succeeded]`: the payout and its attempts. */
  state(id: string): Promise<string>;
}

export async function openPayday(scene: Scene, provider: Provider): Promise<Payday> {
  const shop = await scene.shop(provider);
  const { context, simulators } = scene.stage;
  const environment = await findEnvironment(context.db, shop.environmentId);
  if (!environment) throw new Error('no environment');
  // Stripe pays out what was earned; this card's money is available at once.
  if (provider === 'stripe') {
    await shop.pay({ amount: 500_000, payment_method: { token: 'pm_card_bypassPending' } });
  }
  return {
    shop,
    context,
    environment,
    asked: (more = {}) => ({
      type: 'payout',
      connectionId: shop.first,
      amountMinor: 8_000n,
      currency: 'ZAR',
      beneficiary: BENEFICIARY[provider],
      beneficiaryId: null,
      sourceAccount: null,
      destinationAccount: null,
      reference: null,
      asset: null,
      narration: 'Invoice 7',
      metadata: {},
      scheduledAtMs: null,
      needsApproval: false,
      createdBy: 'maker',
      source: 'test',
      ...more,
    }),
    paid: () => {
      const lines = [shop.firstKey, shop.secondKey].flatMap(
        (key) => simulators.books(provider, key).references,
      );
      return {
        payouts: lines.reduce((sum, { counts }) => sum + counts.paid_out, 0),
        minor: lines.reduce((sum, line) => sum + Number(line.paid_out), 0),
      };
    },
    state: async (id) => stateOf(await scene.record(shop, id)),
  };
}

export function stateOf({ payment, attempts }: PaymentRecord): string {
  return `${payment.status} [${attempts.map((one) => one.status).join(' ')}]`;
}
