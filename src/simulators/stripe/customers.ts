// Customers: enough of them to save payment methods and to charge those off-session (psp/stripe.md section 2.3).
import type { Account } from './account.ts';
import type { Api } from './api.ts';
import { noSuch } from './errors.ts';
import { mergedMetadata } from './metadata.ts';
import { findMethod } from './methods.ts';
import type { Customer } from './objects.ts';
import { ignored, metadata, moment, type Read, shape, text, unsettable } from './params.ts';
import { listPage, nothing, paging } from './wire.ts';

const fields = {
  email: unsettable(text(512)),
  name: unsettable(text(256)),
  phone: unsettable(text(20)),
  description: unsettable(text()),
  metadata,
  address: ignored,
  shipping: ignored,
  preferred_locales: ignored,
  tax_exempt: ignored,
  invoice_settings: ignored,
} as const;

export function findCustomer(account: Account, id: string, param = 'id'): Customer {
  const customer = account.customers.get(id);
  if (!customer) throw noSuch('customer', id, param, param === 'id' ? 404 : 400);
  return customer;
}

type CustomerParams = Read<Record<never, never>, typeof fields>;

export function createCustomer(account: Account, params: CustomerParams): Customer {
  return account.customers.put({
    id: account.newId('cus'),
    object: 'customer',
    created: account.nowS(),
    description: params.description ?? null,
    email: params.email ?? null,
    livemode: account.livemode,
    metadata: mergedMetadata({}, params.metadata),
    name: params.name ?? null,
    phone: params.phone ?? null,
    sim: {},
  });
}

export function customerRoutes(api: Api): void {
  const createShape = shape({}, { ...fields, payment_method: text() });
  api.post('/v1/customers', createShape, (account, params) => {
    const customer = createCustomer(account, params);
    if (params.payment_method !== undefined) {
      const method = findMethod(account, params.payment_method);
      account.methods.put({ ...method, customer: customer.id });
    }
    return customer;
  });
  api.post('/v1/customers/:id', shape({}, fields), (account, params, id) => {
    const before = findCustomer(account, id);
    const { email = before.email, name = before.name, phone = before.phone } = params;
    const { description = before.description } = params;
    const changed = { email, name, phone, description };
    return account.customers.put({
      ...before,
      ...changed,
      metadata: mergedMetadata(before.metadata, params.metadata),
    });
  });
  api.get('/v1/customers/:id', nothing, (account, _params, id) => findCustomer(account, id));
  const listShape = shape({}, { ...paging, created: moment, email: text() });
  api.get('/v1/customers', listShape, (account, { created, email, ...page }) =>
    listPage(account, account.customers, '/v1/customers', page, (customer) =>
      [created?.(customer.created) ?? true, email === undefined || customer.email === email].every(
        Boolean,
      ),
    ),
  );
}
