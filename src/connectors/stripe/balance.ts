// What can be paid out now (psp/stripe.md section 2.6): the available balance, by currency. Reads only.
import { type Money, money } from '../../kernel/money.ts';
import type { Call, Told } from '../contract.ts';
import { fromStripeAmount } from './amount.ts';
import { asObject, type Json, listAt } from './json.ts';
import { question } from './listed.ts';

export async function balances(call: Call): Promise<Told<readonly Money[]>> {
  const answer = await question(call, 'balance');
  if (answer.kind !== 'told') return answer;
  const rows = (listAt(answer.value, 'available') ?? [null]).map((row) => balanceIn(asObject(row)));
  if (rows.includes(null)) return { kind: 'unreachable', message: 'a balance cannot be read' };
  return { kind: 'told', value: rows.filter((row) => row !== null) };
}

/** Null when it cannot be read. An account may be overdrawn. */
function balanceIn(row: Json | null): Money | null {
  const amount = row?.amount;
  if (typeof amount !== 'number') return null;
  const sum = fromStripeAmount(Math.abs(amount), row?.currency);
  return sum && money(amount < 0 ? -sum.amountMinor : sum.amountMinor, sum.currency);
}
