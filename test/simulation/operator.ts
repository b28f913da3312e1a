// The operator of a world: at rest, what the server could not find out is on a list, and somebody looks into the PSP's
// own books and says what they hold. Nothing else may be left, and only where a PSP has no way to be asked.
import type { Line } from './books.ts';
import { ADMIN_TOKEN } from './hull.ts';
import type { Json, Sight } from './oracle.ts';
import { owners } from './owners.ts';
import type { Answer, Request } from './process.ts';

/** Whose refunds have no status of their own, or none that can be asked for by what we know (psp/hubtel.md 2.5, psp/mpesa.md 2.4); a create of Paymaxis has no key, and its list cannot prove that there was none. */
const CANNOT_TELL = new Set(['hubtel', 'mpesa', 'paymaxis']);

const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
const PAGE = 200;

type Ask = (request: Request) => Promise<Answer | null>;

export async function listOpen(ask: Ask): Promise<Json[]> {
  const answer = await ask({ method: 'GET', path: `/admin/v1/unresolved?limit=${PAGE}`, headers });
  if (answer?.status !== 200) throw new Error(`unresolved: ${answer?.status} ${answer?.text}`);
  return answer.body.unresolved.filter(
    (one: Json) => one.kind !== 'conflict' && one.asked_next_at === null && isHeld(one),
  );
}

/** What a customer may still do at the PSP waits for nobody here. */
function isHeld({ kind, status }: Json): boolean {
  return kind === 'operation' || ['sent', 'unknown', 'pending'].includes(status);
}

/** Tells what is wrong with the list, or with what became of the evidence. */
export async function resolve(ask: Ask, open: readonly Json[], sight: Sight): Promise<string[]> {
  const ownerOf = owners(sight);
  const wrong: string[] = [];
  /** By payment: what was given back by refunds that are known to be done. */
  const given = new Map<string, number>();
  for (const [id, refunds] of sight.refunds) given.set(id, sumOf(refunds.filter(isDone)));
  for (const one of open) {
    const { payment_id: id, environment_id: environment, connection_id: connection } = one;
    if (!CANNOT_TELL.has(one.provider))
      wrong.push(`${id}: ${one.what} ${one.id} at ${one.provider} needs an operator (promise 7)`);
    const lines = sight.lines.filter(
      (line) => line.account.id === connection && ownerOf(line) === id,
    );
    const says = wordOf(one, lines, given.get(id) ?? 0);
    if (says === 'refunded') given.set(id, (given.get(id) ?? 0) + one.amount);
    const answer = await ask({
      method: 'POST',
      path: `/admin/v1/environments/${environment}/payments/${id}/evidence`,
      headers: { ...headers, 'idempotency-key': `evidence ${one.id}` },
      payload: { about: one.id, says, note: 'as the portal of the PSP has it' },
    });
    if (answer?.status !== 200)
      wrong.push(`${id}: an operator's evidence was answered ${answer?.status} ${answer?.text}`);
  }
  return wrong;
}

const isDone = ({ status }: Json) => status === 'succeeded';

function sumOf(refunds: readonly Json[]): number {
  return refunds.reduce((sum, { amount }) => sum + amount, 0);
}

/** A refund was made when more was given back than by those that are known. */
function wordOf({ kind, what, amount }: Json, lines: readonly Line[], given: number): string {
  const any = (name: 'charged' | 'refunded' | 'authorized' | 'paidOut') =>
    lines.some((line) => line[name] > 0);
  if (kind === 'operation' && what === 'refund') {
    const refunded = lines.reduce((sum, line) => sum + line.refunded, 0);
    return refunded >= given + amount ? 'refunded' : 'refused';
  }
  if (any('charged')) return 'captured';
  if (any('paidOut')) return 'paid_out';
  return any('authorized') ? 'authorized' : 'refused';
}
