// What kind of world a seed makes: who is there, and what they do beside selling. Drawn before anything is there.
import { READABLE } from './counters.ts';
import type { Dice } from './dice.ts';
import { drawMarkets, drawProviders, SOUTH_AFRICA } from './markets.ts';
import type { Plan } from './merchants.ts';

export interface Kind {
  readonly plans: readonly Plan[];
  /** Merchants record what moved elsewhere. */
  readonly keepsBooks: boolean;
  /** Histories of PSPs are read, and things happen at the PSPs without us. */
  readonly reads: boolean;
  /** Some payments come over the Connxt API. */
  readonly deposits: boolean;
  /** A PSP is described by a script. */
  readonly scripts: boolean;
}

/** A process is started often in a world: it gets the surfaces that its world uses. */
const USED = ['reevit', 'admin', 'webhooks', 'hosted'];
const FORMANCE = ['formance', 'auth'];
const CONNXT = ['connxt'];
export const EVERY_SURFACE = [...USED, ...FORMANCE, ...CONNXT];

/** A merchant with all his accounts at a PSP that a script describes. */
const KIOSK: Plan = {
  name: 'kiosk',
  markets: [SOUTH_AFRICA],
  providers: [],
  scripts: ['paymaxis', 'paymaxis'],
  installs: [],
};

export function drawKind(dice: Dice): Kind {
  const reading = dice.fork('reads');
  const reads = reading.chance(0.35);
  const plans = drawPlans(dice.fork('plans'), reads ? reading : null);
  const scripts = dice.fork('scripts').chance(0.2);
  return {
    plans: scripts ? [...plans, KIOSK] : plans,
    keepsBooks: dice.fork('books').chance(0.35),
    reads,
    deposits: dice.fork('deposits').chance(0.3) || scripts,
    scripts,
  };
}

function drawPlans(dice: Dice, reading: Dice | null): Plan[] {
  return Array.from({ length: dice.pick([1, 1, 2]) }, (_, index) => {
    const markets = drawMarkets(dice);
    const providers = drawProviders(markets, dice);
    const readable = markets.flatMap((one) => one.providers).filter((one) => READABLE.has(one));
    const installs = reading?.chance(0.5) && readable.length > 0 ? [reading.pick(readable)] : [];
    return { name: `shop${index}`, markets, providers, installs, scripts: [] };
  });
}

export function surfacesIn({ keepsBooks, reads, deposits }: Kind): string[] {
  return [...USED, ...(keepsBooks || reads ? FORMANCE : []), ...(deposits ? CONNXT : [])];
}

export function providersIn({ plans }: Kind): Set<string> {
  return new Set(
    plans.flatMap(({ providers, installs, scripts }) => [...providers, ...installs, ...scripts]),
  );
}
