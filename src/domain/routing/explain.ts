// A sentence for each connection of a plan: why it is where it is, for the merchant's eyes.
import { exponentOf, isCurrency } from '../../kernel/currency.ts';
import { shiftPoint } from '../../kernel/money.ts';
import type { DropReason } from './capable.ts';
import type { CompiledConnection } from './compile.ts';
import type { KeptReason } from './plan.ts';
import type { Criterion, Ranked } from './rank.ts';
import type { PlanRequest } from './request.ts';
import type { RoutingRule } from './rule.ts';

export function describeDropped(
  reason: DropReason,
  request: PlanRequest,
  { can }: CompiledConnection,
  rule: RoutingRule | null,
): string {
  const { currency } = request;
  switch (reason) {
    case 'wrong_mode':
      return `Belongs to the other mode; this payment is ${request.mode}.`;
    case 'inactive':
      return 'Is switched off (status inactive).';
    case 'connector_missing':
      return 'No connector for this provider is installed.';
    case 'cannot_charge':
      return 'Only records payments, or has no usable credentials.';
    case 'operation_not_supported':
      return `The provider has no ${request.operation}.`;
    case 'manual_capture_not_supported':
      return `Cannot authorise now and capture later with this method in ${currency}.`;
    case 'method_not_supported':
      return request.method === null
        ? 'No payment method is enabled.'
        : `Does not take ${request.method}.`;
    case 'country_not_supported':
      return `Is not enabled for ${request.country}.`;
    case 'currency_not_supported':
      return `Does not take ${currency}.`;
    case 'amount_too_small':
      return `Takes at least ${amount(can?.minimumMinor.get(currency), currency)}.`;
    case 'amount_too_large':
      return `Takes at most ${amount(can?.maximumMinor.get(currency), currency)}.`;
    case 'not_the_forced_connection':
      return 'The request names another connection.';
    case 'provider_not_allowed':
      return 'The request does not allow this provider.';
    case 'rule_without_fallback':
      return `Rule "${rule?.name}" allows no other connection than its own.`;
  }
}

export function describeKept(
  reason: KeptReason,
  request: PlanRequest,
  item: Ranked,
  i: number,
  order: readonly Ranked[],
  rule: RoutingRule | null,
): string {
  switch (reason) {
    case 'forced':
      return 'The request names this connection.';
    case 'rule':
      return `Rule "${rule?.name}" sends the payment here.`;
    case 'rule_split':
      return `Drawn by the weights of rule "${rule?.name}".`;
    case 'rule_order':
      return `Next connection of rule "${rule?.name}".`;
    case 'after_rule':
      return `First of default routing, behind rule "${rule?.name}".`;
    case 'only_candidate':
      return 'The only connection that can take the payment.';
    default:
      return i === 0
        ? `Ahead of ${idOf(order[1])}, which ${whyBehind(reason, request, item, order[1])}.`
        : `Behind ${idOf(order[i - 1])}: it ${whyBehind(reason, request, order[i - 1], item)}.`;
  }
}

/** What is said of the later of two neighbours. */
function whyBehind(
  criterion: Criterion,
  { method, country, currency }: PlanRequest,
  ahead: Ranked | undefined,
  behind: Ranked | undefined,
): string {
  switch (criterion) {
    case 'breaker_open':
      return 'has been failing and is given a rest';
    case 'fallback_only':
      return 'is for fallback only';
    case 'prefer':
      return 'is less preferred by the request';
    case 'country_preference':
      return `prefers ${country} less`;
    case 'method_bias':
      return `is set lower for ${method}`;
    case 'health':
      return 'has had more failures lately';
    case 'fee':
      return `is expected to cost ${fee(behind, currency)}, not ${fee(ahead, currency)}`;
    case 'label':
      return behind?.one.labelRank === 2 ? 'is labelled fallback' : 'is not labelled primary';
    case 'published_order':
      return `comes later in the default order for ${method} in ${country}`;
    case 'age':
      return 'was connected later';
  }
}

function idOf(item: Ranked | undefined): string {
  return item?.one.connection.id ?? '';
}

function fee(item: Ranked | undefined, currency: string): string {
  return item?.feeMinor == null ? 'an unstated fee' : amount(item.feeMinor, currency);
}

function amount(minor: bigint | undefined, currency: string): string {
  return `${shiftPoint(minor ?? 0n, isCurrency(currency) ? exponentOf(currency) : 0)} ${currency}`;
}
