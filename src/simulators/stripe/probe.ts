// Tells the fault rules what a request is about, before it is checked in any way: must take whatever comes.
import type { FastifyRequest } from 'fastify';
import type { Probe, PspOperation } from '../faults.ts';
import { pathBelow } from '../frame.ts';
import type { Parts } from '../simulator.ts';
import { Account, accountOfObject } from './account.ts';
import { FormBody } from './api.ts';
import { callerKey } from './auth.ts';
import { type Form, type FormValue, isForm } from './form.ts';
import type { Origin } from './objects.ts';

export function probe(parts: Parts, request: FastifyRequest): Probe {
  const { method } = request;
  const path = pathBelow(request, 'stripe');
  const form = formOrEmpty(request);
  const page = /^\/(?:c\/pay|pay|3ds)\//.test(path);
  const id = idIn(path) ?? textAt(form, 'payment_intent') ?? textAt(form, 'charge');
  const account = accountFor(parts, request, id);
  const about = account && id !== null ? originOf(account, id) : null;
  const operation = page ? pageOperation(method) : operationOf(account, method, path, form, id);
  return {
    key: account?.key ?? null,
    operation,
    method,
    path,
    amount: textAt(form, 'amount') ?? textAt(form, 'amount_to_capture') ?? unitAmount(form),
    reference: referenceOf(request, form, operation, about),
    simulate: simulateIn(form) ?? about?.simulate ?? null,
  };
}

function formOrEmpty(request: FastifyRequest): Form {
  try {
    return request.body instanceof FormBody ? request.body.form : {};
  } catch {
    return {};
  }
}

function accountFor(parts: Parts, request: FastifyRequest, id: string | null): Account | null {
  const key = callerKey(request.headers.authorization);
  if (key !== null && !key.startsWith('pk_')) return new Account(parts, key);
  return id === null ? null : accountOfObject(parts, id);
}

function idIn(path: string): string | null {
  return (
    /\/((?:pi|ch|re|cs_test|cs_live|po|dp|tr)_[A-Za-z0-9]{1,100})(?:\/|$)/.exec(path)?.[1] ?? null
  );
}

function originOf(account: Account, id: string): Origin | null {
  const tables = [
    account.intents,
    account.charges,
    account.sessions,
    account.refunds,
    account.payouts,
    account.transfers,
  ];
  for (const table of tables) {
    const row = table.get(id);
    if (row) return row.sim;
  }
  return null;
}

function pageOperation(method: string): PspOperation {
  return method === 'POST' ? 'charge' : 'other';
}

function operationOf(
  account: Account | null,
  method: string,
  path: string,
  form: Form,
  id: string | null,
): PspOperation {
  const [, resource, action] =
    /^\/v1\/(payment_intents|checkout\/sessions|refunds|payouts|transfers)(?:\/[^/]+(?:\/(\w+))?)?$/.exec(
      path,
    ) ?? [];
  if (resource === undefined) return 'other';
  if (method === 'GET') return 'sync';
  if (action === 'capture') return 'capture';
  if (action === 'cancel' || action === 'expire') return resource === 'payouts' ? 'other' : 'void';
  if (resource === 'refunds') return id === null || !path.includes(id) ? 'refund' : 'other';
  if (action === 'reversals') return 'refund';
  if (resource === 'payouts' || resource === 'transfers')
    return action === undefined && id === null ? 'payout' : 'other';
  if (action !== 'confirm' && id !== null) return 'other';
  const known = id === null ? null : account?.intents.get(id);
  const data = form.payment_intent_data;
  const given =
    textAt(form, 'capture_method') ?? (isForm(data) ? textAt(data, 'capture_method') : null);
  return (given ?? known?.capture_method) === 'manual' ? 'authorize' : 'charge';
}

/** Of a charge: as the books will name it. Of a refund or capture: its own, so that each is hit by itself. */
function referenceOf(
  request: FastifyRequest,
  form: Form,
  operation: PspOperation,
  about: Origin | null,
): string | null {
  const key = request.headers['idempotency-key'];
  const own = typeof key === 'string' && key !== '' ? key : null;
  if (operation === 'charge' || operation === 'authorize')
    return about?.reference ?? textAt(form, 'client_reference_id') ?? own?.split('.', 1)[0] ?? null;
  return own ?? about?.reference ?? null;
}

function simulateIn(form: Form): string | null {
  const data = form.payment_intent_data;
  const inner = isForm(data) ? data.metadata : undefined;
  return simulateOf(form.metadata) ?? simulateOf(inner);
}

function simulateOf(metadata: FormValue | undefined): string | null {
  return isForm(metadata) ? textAt(metadata, 'simulate') : null;
}

function unitAmount(form: Form): string | null {
  const items = form.line_items;
  const first = Array.isArray(items) ? items[0] : undefined;
  const price = isForm(first) ? first.price_data : undefined;
  return isForm(price) ? textAt(price, 'unit_amount') : null;
}

function textAt(form: Form, name: string): string | null {
  const value = form[name];
  return typeof value === 'string' && value !== '' ? value : null;
}
