// Step 1 and 2 of routing: whether a connection can take the payment at all, and whether the request lets it.
import type { CompiledCapabilities, CompiledConnection } from './compile.ts';
import type { PlanRequest } from './request.ts';

export type DropReason =
  | 'wrong_mode'
  | 'inactive'
  | 'connector_missing'
  | 'cannot_charge'
  | 'operation_not_supported'
  | 'manual_capture_not_supported'
  | 'method_not_supported'
  | 'country_not_supported'
  | 'currency_not_supported'
  | 'amount_too_small'
  | 'amount_too_large'
  | 'not_the_forced_connection'
  | 'provider_not_allowed'
  | 'rule_without_fallback';

/** The first reason why not, in a fixed order; null when it can. */
export function whyNot(one: CompiledConnection, request: PlanRequest): DropReason | null {
  const { connection, can } = one;
  if (connection.mode !== request.mode) return 'wrong_mode';
  if (connection.status !== 'active') return 'inactive';
  if (can === null) return 'connector_missing';
  const takes = request.operation === 'charge' || request.operation === 'authorize';
  if (!connection.canCharge && takes) return 'cannot_charge';
  return whyIncapable(can, request) ?? whyForbidden(one, request);
}

function whyIncapable(can: CompiledCapabilities, request: PlanRequest): DropReason | null {
  const { method, country, currency, amountMinor, operation } = request;
  if (!can.operations.has(operation)) return 'operation_not_supported';
  const paysOut = operation === 'payout' || operation === 'transfer';
  // Methods are ways to take money: a connector that only pays out has none.
  if (method === null ? can.methods.size === 0 && !paysOut : !can.methods.has(method))
    return 'method_not_supported';
  if (country !== null && can.countries && !can.countries.has(country))
    return 'country_not_supported';
  if (can.currencies && !can.currencies.has(currency)) return 'currency_not_supported';
  // The limits are those of money in; what is too little or too much to pay out the PSP says.
  if (paysOut) return null;
  if (amountMinor < (can.minimumMinor.get(currency) ?? 0n)) return 'amount_too_small';
  const maximum = can.maximumMinor.get(currency);
  if (maximum !== undefined && amountMinor > maximum) return 'amount_too_large';
  if (operation === 'authorize' && !canAuthorize(can, method, currency))
    return 'manual_capture_not_supported';
  return null;
}

function canAuthorize(can: CompiledCapabilities, method: string | null, currency: string): boolean {
  const manual = can.manualCapture;
  if (manual === null || (manual.currencies && !manual.currencies.has(currency))) return false;
  if (method !== null) return manual.methods.has(method);
  return [...manual.methods].some((one) => can.methods.has(one));
}

function whyForbidden(
  { connection, providerWord }: CompiledConnection,
  { forcedConnectionId, allowedProviders }: PlanRequest,
): DropReason | null {
  if (forcedConnectionId !== null && connection.id !== forcedConnectionId)
    return 'not_the_forced_connection';
  if (allowedProviders.length > 0 && !allowedProviders.includes(providerWord))
    return 'provider_not_allowed';
  return null;
}
