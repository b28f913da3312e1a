// The list of what was paid in during the last 48 hours (psp/mpesa.md section 2.6, Pull): the only way to find a
// payment by the account that we gave it, and to learn the receipt when its callback was lost. Moves nothing.
import type { Call } from '../contract.ts';
import { idOf, type Json, objectOf, textOf } from '../json.ts';
import { fromShillings } from './amount.ts';
import { ask } from './api.ts';
import type { Answer } from './reply.ts';
import { eastAfrica } from './texts.ts';

export interface PaidIn {
  readonly receipt: string;
  readonly amountMinor: bigint;
}

const PAGE = 100;
const PAGES_MAX = 5;
const MINUTE_MS = 60_000;
const LISTED_MS = 48 * 60 * MINUTE_MS;
/** Our clock and Safaricom's may differ: the account is ours alone, so that a wider look finds nothing of others. */
const SKEW_MS = 15 * MINUTE_MS;

/** What was paid in to an account since a moment. Null: Safaricom could not be asked, or did not say all. */
export async function paidInTo(
  account: string,
  sinceMs: number,
  call: Call,
): Promise<PaidIn[] | null> {
  const found: PaidIn[] = [];
  const startMs = Math.max(sinceMs - SKEW_MS, call.nowMs - LISTED_MS);
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const json = {
      ShortCode: call.credentials.business_short_code ?? '',
      StartDate: eastAfrica(startMs),
      EndDate: eastAfrica(call.nowMs + SKEW_MS),
      OffSetValue: String(page * PAGE),
    };
    const rows = rowsOf(
      await ask({ path: '/pulltransactions/v1/query', json, movesNoMoney: true }, call),
    );
    if (rows === null) return null;
    found.push(...rows.flatMap((row) => paidInOf(row, account)));
    if (rows.length < PAGE) return found;
  }
  return null;
}

/** Null: not an answer. `1001`: there is none. */
function rowsOf(answer: Answer): Json[] | null {
  if (answer.kind !== 'reply') return null;
  const code = idOf(answer.body.ResponseCode);
  if (code === '1001') return [];
  const { Response: lists } = answer.body;
  if (code !== '1000' || !Array.isArray(lists)) return null;
  return lists.flat().map(objectOf);
}

function paidInOf(row: Json, account: string): PaidIn[] {
  const receipt = textOf(row.transactionId);
  const amountMinor = fromShillings(row.amount);
  const isOurs = textOf(row.billreference)?.toUpperCase() === account;
  if (!isOurs || receipt === null || amountMinor === null || amountMinor <= 0n) return [];
  return [{ receipt, amountMinor }];
}
