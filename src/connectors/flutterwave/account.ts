// What Flutterwave knows of accounts: the balances that payouts are paid from, and whose a Nigerian account is
// (psp/flutterwave.md sections 2.5 and 2.6). Reads only.
import { type Money, money } from '../../kernel/money.ts';
import type { AccountHolder, Call, PayoutInput, Told } from '../contract.ts';
import { type Json, textOf } from '../json.ts';
import { fromMajor } from './amount.ts';
import { type ApiRequest, ask } from './api.ts';
import { manifest } from './manifest.ts';
import type { Answer } from './reply.ts';

export async function balances(call: Call): Promise<Told<readonly Money[]>> {
  const answer = await ask({ method: 'GET', path: '/balances' }, call);
  if (answer.kind !== 'reply' || !answer.reply.accepted) return notTold(answer);
  // Wallets in currencies that are not charged here are of no use to payouts.
  const ours = (answer.reply.list ?? [{}]).filter(
    ({ currency }) =>
      typeof currency !== 'string' || manifest.capabilities.currencies.includes(currency),
  );
  const rows = ours.map(balanceIn);
  if (rows.includes(null)) return { kind: 'unreachable', message: 'a balance cannot be read' };
  return { kind: 'told', value: rows.filter((row) => row !== null) };
}

function balanceIn({ currency, available_balance: available }: Json): Money | null {
  const code = textOf(currency);
  const amountMinor = code === null ? null : fromMajor(available, code);
  return code === null || amountMinor === null ? null : money(amountMinor, code);
}

export function resolveRequest(accountNumber: string, bankCode: string): ApiRequest {
  const json = { account_number: accountNumber, account_bank: bankCode };
  return { method: 'POST', path: '/accounts/resolve', json, movesNoMoney: true };
}

export async function resolveAccount(
  { accountNumber, bankCode, type }: NonNullable<PayoutInput['beneficiary']>,
  call: Call,
): Promise<Told<AccountHolder>> {
  if (type !== 'bank')
    return { kind: 'refused', message: 'Flutterwave tells the holders of bank accounts only' };
  const answer = await ask(resolveRequest(accountNumber, bankCode), call);
  if (answer.kind !== 'reply' || !answer.reply.accepted) return notTold(answer);
  const accountName = textOf(answer.reply.data.account_name);
  if (accountName === null) return { kind: 'unreachable', message: 'reply without a name' };
  const number = textOf(answer.reply.data.account_number) ?? accountNumber;
  return { kind: 'told', value: { accountName, accountNumber: number } };
}

export function notTold(answer: Answer): Told<never> {
  if (answer.kind === 'reply') {
    const { httpStatus, message } = answer.reply;
    const kind = httpStatus === 429 ? 'unreachable' : 'refused';
    return { kind, message: `Flutterwave says: ${message}` };
  }
  if (answer.kind === 'bare') {
    const kind = answer.httpStatus === 429 ? 'unreachable' : 'refused';
    return { kind, message: `HTTP ${answer.httpStatus}` };
  }
  return { kind: 'unreachable', message: `Flutterwave was not reached: ${answer.reason}` };
}
