// The providers a customer may choose from when a payment names no method yet (`available_psps`).
import type { CompiledRouting } from './compile.ts';
import { candidatesFor } from './plan.ts';
import type { Circumstances } from './rank.ts';
import { normaliseRequest, type PlanRequest } from './request.ts';

export interface AvailablePsp {
  readonly provider: string;
  readonly name: string;
  /** Canonical words. */
  readonly methods: readonly string[];
  /** Absent: any. */
  readonly countries?: readonly string[];
}

/**
 * One plan per method, so that a method is offered with a provider only if choosing it would really go there:
 * rules and policy included. Providers are in the order of the plan that names no method.
 */
export function availablePsps(
  compiled: CompiledRouting,
  asked: PlanRequest,
  circumstances: Circumstances,
): AvailablePsp[] {
  const request = normaliseRequest(asked);
  const methods = request.method === null ? enabledMethods(compiled) : [request.method];
  const offers = methods.flatMap((method) =>
    candidatesFor(compiled, { ...request, method }, circumstances).map(
      ({ connectionId, provider }) => ({ method, provider, connectionId }),
    ),
  );
  const order = candidatesFor(compiled, request, circumstances);
  const providers = new Set([...order, ...offers].map(({ provider }) => provider));
  return [...providers].flatMap((provider) => {
    const own = offers.filter((offer) => offer.provider === provider);
    const abilities = own.flatMap(({ connectionId }) => compiled.byId.get(connectionId)?.can ?? []);
    if (abilities.length === 0) return [];
    const countries = abilities.some((can) => can.countries === null)
      ? null
      : [...new Set(abilities.flatMap((can) => [...(can.countries ?? [])]))];
    return {
      provider,
      name: abilities[0]?.providerName ?? provider,
      methods: [...new Set(own.map(({ method }) => method))],
      ...(countries && { countries }),
    };
  });
}

/** In one fixed order, whatever the order of the connections. */
function enabledMethods({ connections }: CompiledRouting): string[] {
  return [...new Set(connections.flatMap(({ can }) => [...(can?.methods ?? [])]))].sort();
}
