// What the calls of a run prove about money, whatever its script says of them (connxt.md 7.6, G-16).
import type { ScriptRun } from './contract.ts';
import type { Traced } from './http-call.ts';

export function judgeSent(
  exchanges: readonly Traced[],
): Pick<ScriptRun, 'sent' | 'refusalIsCertain'> {
  const lostAt = exchanges.findLastIndex(isLost);
  const moving = exchanges.filter(mayMoveMoney);
  const askedLater = exchanges
    .slice(lostAt + 1)
    .some((one) => one.args.method === 'GET' && isAnswered(one));
  return {
    sent: moving.some(isLost) ? 'unknown' : moving.some(isAnswered) ? 'replied' : 'not_sent',
    refusalIsCertain: lostAt < 0 || askedLater,
  };
}

function mayMoveMoney({ args }: Traced): boolean {
  return args.method !== 'GET' && !args.movesNoMoney;
}

/** A 5xx may come from a gateway that passed the request on (psp/common.md section 2). */
function isAnswered({ transmission }: Traced): boolean {
  return transmission.sent === 'replied' && transmission.status < 500;
}

function isLost(one: Traced): boolean {
  return mayMoveMoney(one) && one.transmission.sent !== 'not_sent' && !isAnswered(one);
}
