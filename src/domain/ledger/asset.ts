// Assets of the Formance API (api/formance.md section 7). A unit is what amounts are compared and summed in: the ISO
// 4217 code when the precision is ISO's, else the code with its precision (`USD/4`), which is another unit.
import { exponentOf, isCurrency } from '../../kernel/currency.ts';

/** What a client may post: `USD`, `USD/2`, `usd/2`, `USD/4`. Null for anything else. */
export function unitOfPosted(asset: string): string | null {
  const [, word = '', precision] = /^([A-Za-z]{3})(?:\/(\d))?$/.exec(asset) ?? [];
  const code = word.toUpperCase();
  return isCurrency(code) ? unitOf(code, precision) : null;
}

/** What a provider may send besides: `BTC/8`, `COIN`, `USDC_POLYGON/6`. Null for anything else. */
export function unitOfSourced(asset: string): string | null {
  const [, code, precision] =
    /^([A-Z][A-Z0-9]{0,16}(?:_[A-Z]{1,16})?)(?:\/(\d{1,6}))?$/.exec(asset) ?? [];
  return code === undefined ? null : unitOf(code, precision);
}

function unitOf(code: string, precision: string | undefined): string {
  if (precision === undefined) return code;
  const exponent = String(Number(precision));
  return isCurrency(code) && exponent === String(exponentOf(code)) ? code : `${code}/${exponent}`;
}

/** The published form: `USD` -> `USD/2`, `USD/4` and `COIN` as they are. */
export function assetOfUnit(unit: string): string {
  return isCurrency(unit) ? `${unit}/${exponentOf(unit)}` : unit;
}
