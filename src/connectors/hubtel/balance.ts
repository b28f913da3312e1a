// What is on the prepaid account that payouts are made from: told to listed addresses only (psp/hubtel.md section 2.7).
import { type Money, money } from '../../kernel/money.ts';
import type { Call, Told } from '../contract.ts';
import { ask, isListed } from './api.ts';
import { fromCedis } from './texts.ts';

export async function balances(call: Call): Promise<Told<readonly Money[]>> {
  const { prepaid_deposit_id: account } = call.credentials;
  if (!isListed(call))
    return {
      kind: 'refused',
      message: "Hubtel tells it only when this server's address is on its list",
    };
  if (!account) return { kind: 'refused', message: 'the connection has no prepaid account' };
  const path = `/api/inter-transfers/prepaid/${encodeURIComponent(account)}`;
  const answer = await ask({ host: 'trnf', path }, call);
  if (answer.kind !== 'reply')
    return { kind: 'unreachable', message: `Hubtel was not reached: ${answer.reason}` };
  const { code, message, data, httpStatus } = answer.reply;
  if (httpStatus >= 400 || code !== '0000')
    return { kind: 'refused', message: `Hubtel says: ${message}` };
  const amountMinor = fromCedis(data.amount);
  if (amountMinor === null) return { kind: 'unreachable', message: 'the balance cannot be read' };
  return { kind: 'told', value: [money(amountMinor, 'GHS')] };
}
