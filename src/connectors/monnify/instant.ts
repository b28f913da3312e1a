// Monnify writes times in three ways, of which two have no zone and are Lagos's, an hour ahead of UTC all year
// (psp/monnify.md section 4).
import { listedTime } from '../listed.ts';

const ISO = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?$/;
const CLOCK = /^(\d{2})\/(\d{2})\/(\d{4}) (\d{1,2})(:\d{2}:\d{2}) (AM|PM)$/;

/** Epoch milliseconds; null when it is no time. */
export function instantOf(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  const iso = ISO.exec(value.trim());
  if (iso) {
    const [, day, time, fraction = '', zone = '+01:00'] = iso;
    const millis = fraction.slice(0, 3).padEnd(3, '0');
    const offset = zone.replace(/^([+-]\d{2}):?(\d{2})$/, '$1:$2');
    return listedTime(`${day}T${time}.${millis}${offset}`);
  }
  const [, day, month, year, hour, rest, half] = CLOCK.exec(value.trim()) ?? [];
  const hours = Number(hour);
  if (!(hours >= 1 && hours <= 12)) return null;
  const full = String((hours % 12) + (half === 'PM' ? 12 : 0)).padStart(2, '0');
  return listedTime(`${year}-${month}-${day}T${full}${rest}+01:00`);
}
