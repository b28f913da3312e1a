// What Paystack knows of accounts: the balance that payouts are paid from, and whose an account is (psp/paystack.md
// section 2.7). Reads only.
import { type Money, money } from '../../kernel/money.ts';
import type { AccountHolder, Call, PayoutInput, Told } from '../contract.ts';
import { type Json, textOf } from '../json.ts';
import { fromSubunits } from './amount.ts';
import { ask } from './api.ts';
import type { Answer } from './reply.ts';

export async function balances(call: Call): Promise<Told<readonly Money[]>> {
  const answer = await ask({ method: 'GET', path: '/balance' }, call);
  if (answer.kind !== 'reply' || !answer.reply.accepted) return notTold(answer);
  const rows = (answer.reply.list ?? [null]).map(balanceIn);
  if (rows.includes(null)) return { kind: 'unreachable', message: 'a balance cannot be read' };
  return { kind: 'told', value: rows.filter((row) => row !== null) };
}

/** Null when it cannot be read. An account may be overdrawn. */
function balanceIn(row: Json | null): Money | null {
  const currency = textOf(row?.currency);
  const balance = row?.balance;
  if (currency === null || typeof balance !== 'number') return null;
  const amountMinor = fromSubunits(Math.abs(balance), currency);
  if (amountMinor === null) return null;
  return money(balance < 0 ? -amountMinor : amountMinor, currency);
}

export async function resolveAccount(
  { accountNumber, bankCode }: NonNullable<PayoutInput['beneficiary']>,
  call: Call,
): Promise<Told<AccountHolder>> {
  const query = new URLSearchParams({ account_number: accountNumber, bank_code: bankCode });
  const answer = await ask({ method: 'GET', path: `/bank/resolve?${query}` }, call);
  if (answer.kind !== 'reply' || !answer.reply.accepted) return notTold(answer);
  const { data } = answer.reply;
  const accountName = textOf(data.account_name);
  if (accountName === null) return { kind: 'unreachable', message: 'reply without a name' };
  const number = textOf(data.account_number) ?? accountNumber;
  return { kind: 'told', value: { accountName, accountNumber: number } };
}

function notTold(answer: Answer): Told<never> {
  if (answer.kind === 'reply') {
    const { httpStatus, message } = answer.reply;
    const busy = httpStatus === 429 || httpStatus >= 500;
    return { kind: busy ? 'unreachable' : 'refused', message: `Paystack says: ${message}` };
  }
  if (answer.kind === 'bare') return { kind: 'refused', message: `HTTP ${answer.httpStatus}` };
  return { kind: 'unreachable', message: `Paystack was not reached: ${answer.reason}` };
}
