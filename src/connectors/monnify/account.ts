// What Monnify knows of accounts: the wallet that payouts are paid from, and whose a bank account is (psp/monnify.md
// sections 2.5 and 2.6). Reads only.
import { type Money, money } from '../../kernel/money.ts';
import type { AccountHolder, Call, PayoutInput, Told } from '../contract.ts';
import { textOf } from '../json.ts';
import { CURRENCY, fromNaira } from './amount.ts';
import { type ApiRequest, ask } from './api.ts';
import type { Answer } from './reply.ts';

export async function balances(call: Call): Promise<Told<readonly Money[]>> {
  const wallet = call.credentials.wallet_account_number;
  if (!wallet) return { kind: 'refused', message: 'the connection has no wallet' };
  const answer = await ask(walletRequest(wallet), call);
  if (answer.kind !== 'reply' || !answer.reply.accepted) return notTold(answer);
  const amountMinor = fromNaira(answer.reply.body.availableBalance);
  if (amountMinor === null) return { kind: 'unreachable', message: 'the balance cannot be read' };
  return { kind: 'told', value: [money(amountMinor, CURRENCY)] };
}

export function walletRequest(accountNumber: string): ApiRequest {
  const query = new URLSearchParams({ accountNumber });
  return { method: 'GET', path: `/api/v2/disbursements/wallet-balance?${query}` };
}

export function holderRequest(accountNumber: string, bankCode: string): ApiRequest {
  const query = new URLSearchParams({ accountNumber, bankCode });
  return { method: 'GET', path: `/api/v1/disbursements/account/validate?${query}` };
}

export async function resolveAccount(
  { accountNumber, bankCode, type }: NonNullable<PayoutInput['beneficiary']>,
  call: Call,
): Promise<Told<AccountHolder>> {
  if (type !== 'bank') return { kind: 'refused', message: 'Monnify pays bank accounts only' };
  const answer = await ask(holderRequest(accountNumber, bankCode), call);
  if (answer.kind !== 'reply' || !answer.reply.accepted) return notTold(answer);
  const accountName = textOf(answer.reply.body.accountName);
  if (accountName === null) return { kind: 'unreachable', message: 'reply without a name' };
  const number = textOf(answer.reply.body.accountNumber) ?? accountNumber;
  return { kind: 'told', value: { accountName, accountNumber: number } };
}

export function notTold(answer: Answer): Told<never> {
  if (answer.kind === 'reply') {
    const { httpStatus, message } = answer.reply;
    const kind = httpStatus === 429 ? 'unreachable' : 'refused';
    return { kind, message: `Monnify says: ${message}` };
  }
  if (answer.kind === 'bare') {
    const kind = answer.httpStatus === 429 ? 'unreachable' : 'refused';
    return { kind, message: `HTTP ${answer.httpStatus}` };
  }
  return { kind: 'unreachable', message: `Monnify was not reached: ${answer.reason}` };
}
