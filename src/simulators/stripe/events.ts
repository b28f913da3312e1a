// Events: every change of an object, kept for thirty days and sent as signed webhooks (psp/stripe.md section 4).
// Without a known secret nothing is sent: an unsigned Stripe webhook does not exist.
import { createHmac } from 'node:crypto';
import type { Books } from '../books.ts';
import type { PspOperation } from '../faults.ts';
import { type Account, PINNED_VERSION } from './account.ts';
import type { Api } from './api.ts';
import { noSuch } from './errors.ts';
import type { Origin, StripeEvent, StripeObject } from './objects.ts';
import { ignored, list, moment, shape, text } from './params.ts';
import { listPage, nothing, paging, wireNow } from './wire.ts';

const KEPT_S = 30 * 86_400;
const KEPT_MAX = 20_000;
const SWEEP_EVERY = 2_000;
/** How many were recorded since old ones were last thrown away. */
const sinceSweep = new WeakMap<Books, number>();

/** Records that `row` changed. `previous` names the fields that had other values before. */
export function emit(
  account: Account,
  type: string,
  row: StripeObject & { readonly sim: Partial<Origin> },
  previous?: object,
): void {
  const object = wireNow(account, row);
  const targets = targetsOf(account, type);
  const event: StripeEvent = {
    id: account.newId('evt'),
    object: 'event',
    api_version: PINNED_VERSION,
    created: account.nowS(),
    data: { object, ...(previous === undefined ? {} : { previous_attributes: previous }) },
    livemode: account.livemode,
    pending_webhooks: targets.length,
    request: { id: account.request.id, idempotency_key: account.request.idempotencyKey },
    type,
    sim: {},
  };
  account.events.put(event);
  sweepSometimes(account);
  const body = JSON.stringify(wireNow(account, event), null, 2);
  for (const { url, secret } of targets) {
    account.parts.webhooks.send({
      key: account.key,
      event: type,
      body,
      // An endpoint of its own has its own secret; else the frame's, which a fault may have swapped.
      sign: (sent, given, agedS) => signatureHeader(account, sent, secret ?? given, agedS),
      url,
      reference: row.sim.reference ?? null,
      amount: typeof object.amount === 'number' ? String(object.amount) : null,
      operation: operationOf(type),
      simulate: row.sim.simulate ?? null,
    });
  }
}

/** Null where the frame's own target and secret are used. */
interface Target {
  readonly url: string | null;
  readonly secret: string | null;
}

function targetsOf(account: Account, type: string): Target[] {
  const registered = account.endpoints
    .list()
    .filter(({ status, enabled_events }) => status === 'enabled' && wants(enabled_events, type))
    .map(({ url, sim }) => ({ url, secret: sim.secret }));
  const configured = account.parts.webhooks.target(account.key).secret !== null;
  return configured ? [{ url: null, secret: null }, ...registered] : registered;
}

function wants(enabled: readonly string[], type: string): boolean {
  return enabled.includes('*') || enabled.includes(type);
}

function signatureHeader(
  account: Account,
  body: string,
  secret: string | null,
  agedS: number,
): Record<string, string> {
  const t = account.nowS() - agedS;
  const v1 = createHmac('sha256', secret ?? '')
    .update(`${t}.${body}`)
    .digest('hex');
  return { 'stripe-signature': `t=${t},v1=${v1}`, 'user-agent': 'Stripe/1.0' };
}

/** Which operation's faults hit a webhook. */
function operationOf(type: string): PspOperation {
  if (/^(?:payout|transfer)\./.test(type)) return 'payout';
  if (/refund/.test(type)) return 'refund';
  if (type === 'charge.captured') return 'capture';
  if (type === 'payment_intent.canceled') return 'void';
  return type.startsWith('charge.dispute') ? 'other' : 'charge';
}

function sweepSometimes(account: Account): void {
  const { books } = account.parts;
  const count = (sinceSweep.get(books) ?? 0) + 1;
  sinceSweep.set(books, count % SWEEP_EVERY);
  if (count < SWEEP_EVERY) return;
  const oldest = account.nowS() - KEPT_S;
  const events = account.events.list();
  const surplus = events.length - KEPT_MAX;
  events.forEach((event, index) => {
    if (index < surplus || event.created < oldest) account.events.remove(event.id);
  });
}

export function eventRoutes(api: Api): void {
  const listShape = shape(
    {},
    { ...paging, created: moment, type: text(), types: list(text()), delivery_success: ignored },
  );
  api.get('/v1/events', listShape, (account, { type, types, created, ...page }) =>
    listPage(account, account.events, '/v1/events', page, (event) => {
      const named = types ?? (type === undefined ? null : [type]);
      return (
        (created?.(event.created) ?? true) &&
        (named === null || named.some((pattern) => matches(pattern, event.type)))
      );
    }),
  );
  api.get('/v1/events/:id', nothing, (account, _params, id) => {
    const event = account.events.get(id);
    if (!event) throw noSuch('event', id, 'id');
    return event;
  });
}

/** `charge.*` stands for all below it. */
function matches(pattern: string, type: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type;
}
