// Reading (psp/paymaxis.md section 2.2): one payment, the list, the steps of one. There is no query by referenceId.
import type { FastifyInstance } from 'fastify';
import type { Desk } from './desk.ts';
import { renderPayment, renderStep } from './render.ts';
import { envelope, invalid, refuse, shopOf } from './wire.ts';

type OfPayment = { Params: { id: string } };
type Query = Readonly<Record<string, unknown>>;

export function queryRoutes(app: FastifyInstance, desk: Desk): void {
  const { ledger } = desk;
  const now = () => desk.parts.ports.clock.nowMs();
  const found = (key: string, id: string) => {
    const payment = ledger.find(key, id);
    if (!payment) throw refuse(404, 'not_found', 'Payment not found');
    return payment;
  };

  app.get<OfPayment>('/api/v1/payments/:id', (request) => {
    const payment = found(shopOf(request), request.params.id);
    return envelope(now(), renderPayment(payment, desk.pageOf(payment.id)));
  });

  app.get<OfPayment>('/api/v1/payments/:id/operations', (request) => {
    const { steps } = found(shopOf(request), request.params.id);
    return envelope(now(), steps.toReversed().map(renderStep));
  });

  app.get<{ Querystring: Query }>('/api/v1/payments', (request) => {
    const key = shopOf(request);
    const { query } = request;
    const offset = numberOf(query, 'offset', 0, 0, 1_000_000);
    const limit = numberOf(query, 'limit', 50, 1, 1_000);
    const created = { from: timeOf(query, 'created.gte'), before: timeOf(query, 'created.lt') };
    const updated = { from: timeOf(query, 'updated.gte'), before: timeOf(query, 'updated.lt') };
    const all = ledger
      .newestFirst(key)
      .filter(({ createdMs, updatedMs }) => isIn(createdMs, created) && isIn(updatedMs, updated));
    const result = all
      .slice(offset, offset + limit)
      .map((payment) => renderPayment(payment, desk.pageOf(payment.id)));
    return envelope(now(), result, { hasMore: all.length > offset + limit });
  });
}

function numberOf(query: Query, name: string, fallback: number, from: number, to: number): number {
  const value = query[name];
  if (value === undefined) return fallback;
  const number = typeof value === 'string' && /^\d{1,7}$/.test(value) ? Number(value) : -1;
  if (number < from || number > to) throw invalid(name, `must be from ${from} to ${to}`);
  return number;
}

/** `2022-10-05T11:23:12`, UTC. */
function timeOf(query: Query, name: string): number | null {
  const value = query[name];
  if (value === undefined) return null;
  const ms =
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(value)
      ? Date.parse(`${value}Z`)
      : Number.NaN;
  if (Number.isNaN(ms)) throw invalid(name, 'must be like 2022-10-05T11:23:12');
  return ms;
}

interface Span {
  readonly from: number | null;
  readonly before: number | null;
}

function isIn(ms: number, { from, before }: Span): boolean {
  return (from === null || ms >= from) && (before === null || ms < before);
}
