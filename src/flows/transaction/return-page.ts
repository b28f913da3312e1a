// Where a payer's browser goes after the PSP (connxt.md 10.1): only to an origin that the environment has named, else to
// a plain page of ours. Neither a script nor a query decides that on its own.
import type { StepResult } from '../../connectors/script/contract.ts';
import type { Payment } from '../../domain/payment/payment.ts';
import { isClosedUnpaid } from '../../domain/payment/status.ts';
import type { ConnxtEnvironment } from '../../store/connxt-environments.ts';
import type { Context } from '../context.ts';
import type { CallbackKey } from './callback-urls.ts';

export interface Destination {
  /** Null: nothing is known, and there is no page to go to. */
  readonly url: string | null;
}

/** Members of what the script returned that a merchant's page may want. */
const SHOWN = ['status', 'orderId', 'timestamp'];

export function destinationOf(
  { publicUrl }: Context,
  { settings }: CallbackKey,
  payment: Payment | null,
  result: StepResult | null,
): Destination {
  const wanted = result?.__type === 'redirect' ? allowed(result.url, settings) : null;
  const target = wanted ?? pageFor(settings, payment, result);
  if (target !== null) return { url: withData(target, result) };
  return { url: payment === null ? null : `${publicUrl}/return/${payment.id}` };
}

function pageFor(
  { origin, successRedirectUrl, failureRedirectUrl }: ConnxtEnvironment,
  payment: Payment | null,
  result: StepResult | null,
): string | null {
  const failed =
    result?.__type === 'failure' || (payment !== null && isClosedUnpaid(payment.status));
  if (failed) return failureRedirectUrl ?? origin;
  if (payment?.status === 'succeeded') return successRedirectUrl ?? origin;
  return origin ?? successRedirectUrl;
}

/** The URL, when its origin is one of the environment's; a path is one of the environment's own origin. */
function allowed(url: string, settings: ConnxtEnvironment): string | null {
  const { origin, successRedirectUrl, failureRedirectUrl, redirectOrigins } = settings;
  const isPath = url.startsWith('/');
  if (!isPath && !/^https?:\/\//i.test(url)) return null;
  // Parsed first and judged then: a parser takes tabs and line ends out of what looks like a path.
  const parsed = URL.parse(url, isPath && origin !== null ? origin : undefined);
  if (parsed === null) return null;
  if (parsed.username !== '' || parsed.password !== '') return null;
  const named = [origin, successRedirectUrl, failureRedirectUrl, ...redirectOrigins];
  const origins = named.flatMap((one) => (one === null ? [] : new URL(one).origin));
  return origins.includes(parsed.origin) ? parsed.href : null;
}

function withData(target: string, result: StepResult | null): string {
  if (result === null || result.__type === 'failure') return target;
  const { data } = result;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return target;
  const url = new URL(target);
  for (const name of SHOWN) {
    const value = (data as Readonly<Record<string, unknown>>)[name];
    if (typeof value === 'string' && value.length <= 200) url.searchParams.set(name, value);
  }
  return url.href;
}
