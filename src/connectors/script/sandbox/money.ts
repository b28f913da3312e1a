// Inside the sandbox: exact arithmetic on amounts as decimal text. Nothing is rounded; what would lose money throws.
interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

const DECIMALS_MAX = 20;
const DECIMAL = /^-?\d{1,40}(\.\d{1,20})?$/;

function read(amount: unknown): Decimal {
  const text = typeof amount === 'number' ? `${amount}` : amount;
  if (typeof text !== 'string' || !DECIMAL.test(text)) {
    throw new TypeError('not an amount: decimal text like "10.50" is expected');
  }
  const [whole = '', fraction = ''] = text.split('.');
  return { units: BigInt(whole + fraction), scale: fraction.length };
}

function checked(scale: number): number {
  if (Number.isInteger(scale) && scale >= 0 && scale <= DECIMALS_MAX) return scale;
  throw new TypeError(`scale must be a whole number from 0 to ${DECIMALS_MAX}`);
}

function rescale({ units, scale }: Decimal, wanted: number): bigint {
  if (wanted >= scale) return units * 10n ** BigInt(wanted - scale);
  const divisor = 10n ** BigInt(scale - wanted);
  if (units % divisor !== 0n) throw new TypeError(`the amount has more than ${wanted} decimals`);
  return units / divisor;
}

function write(units: bigint, scale: number): string {
  const sign = units < 0n ? '-' : '';
  const digits = `${units < 0n ? -units : units}`.padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${sign}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`;
}

function together(a: string, b: string, join: (a: bigint, b: bigint) => bigint): Decimal {
  const one = read(a);
  const two = read(b);
  const scale = Math.max(one.scale, two.scale);
  return { units: join(rescale(one, scale), rescale(two, scale)), scale };
}

function written({ units, scale }: Decimal): string {
  return write(units, scale);
}

export const money = {
  parse: (amount: string | number): string => written(read(amount)),
  add: (a: string, b: string): string => written(together(a, b, (one, two) => one + two)),
  subtract: (a: string, b: string): string => written(together(a, b, (one, two) => one - two)),
  compare(a: string, b: string): -1 | 0 | 1 {
    const { units } = together(a, b, (one, two) => one - two);
    if (units === 0n) return 0;
    return units < 0n ? -1 : 1;
  },
  toFixed: (amount: string, scale: number): string =>
    write(rescale(read(amount), checked(scale)), scale),
  toMinor: (amount: string, scale: number): string =>
    write(rescale(read(amount), checked(scale)), 0),
  fromMinor(minor: string | number, scale: number): string {
    const { units, scale: decimals } = read(minor);
    if (decimals > 0) throw new TypeError('minor units are whole');
    return write(units, checked(scale));
  },
};
