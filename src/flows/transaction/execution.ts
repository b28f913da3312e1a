// The VM result of a transaction's first step (connxt.md 7.4): what the script returned, or what a built-in connector came
// to, told as a script would have told it.
import { pageIn } from '../../connectors/script/outcome.ts';
import type { StoredReport } from '../script-host.ts';
import type { Transaction } from './find-transaction.ts';

export interface Execution {
  readonly success: boolean;
  readonly data: unknown;
  readonly error: string | null;
  readonly meta: { readonly logs: object; readonly http: object };
}

const NO_META = { logs: {}, http: {} };

/** The VM result; a built-in connector's, as a script would have said it. */
export function executionOf(transaction: Transaction, exposeMeta: boolean): Execution {
  const { initiate } = transaction;
  if (initiate) return scriptExecution(initiate, exposeMeta);
  const { record, operation } = transaction;
  const attempt = record.attempts.at(-1);
  const { decline, error } = operation ?? attempt ?? { decline: null, error: '' };
  if (decline) {
    const failure = { __type: 'failure', message: decline.message, status: 400 };
    return { success: false, data: failure, error: decline.message, meta: NO_META };
  }
  const sent = (operation ?? attempt)?.status;
  if (sent === 'not_sent' || sent === 'unknown')
    return {
      success: false,
      data: null,
      error: error === '' ? 'Connector error' : 'Connector unavailable',
      meta: NO_META,
    };
  const action = operation ? null : (attempt?.action ?? null);
  const navigation =
    action?.type === 'redirect'
      ? { navigation: { type: 'redirect', contentType: 'url', value: action.url } }
      : {};
  const data = {
    ...navigation,
    status: 'success',
    orderId: transaction.id,
    userId: record.payment.customer.id,
  };
  return { success: true, data: { __type: 'success', data }, error: null, meta: NO_META };
}

function scriptExecution({ result, error, meta }: StoredReport, exposeMeta: boolean): Execution {
  return {
    success: result !== null && result.__type !== 'failure',
    data: result === null ? null : resultView(result),
    error,
    meta: exposeMeta ? meta : plainMeta(meta),
  };
}

/** As the script returned it; what only the host reads is left out. A redirect's page is a navigation too. */
function resultView(result: NonNullable<StoredReport['result']>) {
  if (result.__type === 'failure') {
    const { __type, message, status } = result;
    return { __type, message, status };
  }
  if (result.__type === 'success') return { __type: result.__type, data: result.data };
  const data = result.data as Readonly<Record<string, unknown>> | null;
  const value = pageIn(result);
  const navigation = { type: 'redirect', contentType: 'url', value };
  return { __type: 'redirect', url: result.url, data: { navigation, ...data } };
}

/** Enough to see that something happened, nothing of what was said (connxt.md row 25). */
function plainMeta({ logs, http }: StoredReport['meta']) {
  return {
    logs: Object.fromEntries(
      Object.entries(logs).map(([key, { level, timestamp }]) => [
        key,
        { level, message: '[redacted]', timestamp },
      ]),
    ),
    http: Object.fromEntries(
      Object.entries(http).map(([key, { request, response, duration }]) => [
        key,
        {
          request: { method: request.method, url: request.url.replace(/[?#].*$/, '') },
          response: { status: response.status, headers: {} },
          duration,
        },
      ]),
    ),
  };
}

export function navigates(result: NonNullable<StoredReport['result']>): boolean {
  if (result.__type === 'redirect') return true;
  if (result.__type === 'failure') return true;
  const data = result.data as { readonly navigation?: { readonly type?: string } } | null;
  const type = data?.navigation?.type;
  return type !== undefined && type !== 'none';
}
