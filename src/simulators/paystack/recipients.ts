// Transfer recipients (psp/paystack.md section 2.7): the same account again is the same recipient.
import type { FastifyInstance } from 'fastify';
import type { Collection } from '../books.ts';
import type { Parts } from '../simulator.ts';
import { bankName, NO_ACCOUNT } from './banks.ts';
import { currencyOf } from './currencies.ts';
import { pageOf } from './paging.ts';
import {
  bodyOf,
  domainOf,
  type Fields,
  INTEGRATION,
  invalidParams,
  iso,
  merchantOf,
  ok,
  refuse,
  required,
  textOf,
} from './wire.ts';

export interface Recipient {
  readonly id: number;
  readonly code: string;
  readonly type: string;
  readonly name: string;
  readonly accountNumber: string;
  readonly bankCode: string;
  readonly currency: string;
  readonly createdMs: number;
}

const TYPES = 'nuban ghipss mobile_money basa kepss mobile_money_business authorization'.split(' ');

type ByCode = { Params: { code: string } };

export function recipientsOf({ books }: Pick<Parts, 'books'>): Collection<Recipient> {
  return books.collection('recipients');
}

export function recipientRoutes(app: FastifyInstance, { books, ports }: Parts): void {
  const recipients = recipientsOf({ books });
  const byAccount = books.collection<{ code: string }>('_recipient_of');

  app.post('/transferrecipient', (request, reply) => {
    const { key } = merchantOf(request);
    const fields = readRecipient(bodyOf(request));
    const { type, bankCode, accountNumber, currency } = fields;
    const account = `${type} ${bankCode} ${accountNumber} ${currency}`;
    const known = byAccount.get(key, account);
    const code = known?.code ?? `RCP_${ports.random.bytes(8).toString('hex')}`;
    const recipient = recipients.get(key, code) ?? {
      ...fields,
      code,
      id: books.next('recipient', 6_000_001),
      createdMs: ports.clock.nowMs(),
    };
    if (!known) {
      recipients.put(key, code, recipient);
      byAccount.put(key, account, { code });
    }
    return reply
      .code(201)
      .send(ok('Transfer recipient created successfully', renderRecipient(key, recipient)));
  });

  app.get<{ Querystring: Fields }>('/transferrecipient', (request) => {
    const { key } = merchantOf(request);
    const { rows, meta } = pageOf(request.query, recipients.list(key));
    const data = rows.map((recipient) => renderRecipient(key, recipient));
    return ok('Recipients retrieved', data, meta);
  });

  app.get<ByCode>('/transferrecipient/:code', (request) => {
    const { key } = merchantOf(request);
    const recipient = recipients.get(key, request.params.code);
    if (!recipient) throw refuse(404, 'Recipient not found', { code: 'not_found' });
    return ok('Recipient retrieved', renderRecipient(key, recipient));
  });
}

function readRecipient(body: Fields): Omit<Recipient, 'id' | 'code' | 'createdMs'> {
  const type = required(body, 'type');
  if (!TYPES.includes(type)) throw invalidParams(`type is one of ${TYPES.join(', ')}`);
  const name = required(body, 'name');
  const accountNumber =
    type === 'authorization'
      ? required(body, 'authorization_code')
      : required(body, 'account_number');
  const bankCode = type === 'authorization' ? '' : required(body, 'bank_code');
  if (accountNumber === NO_ACCOUNT || !/^[A-Za-z0-9_+-]{3,40}$/.test(accountNumber))
    throw refuse(400, 'Cannot resolve account', { code: 'invalid_params' });
  if (type === 'nuban' && !/^\d{10}$/.test(accountNumber))
    throw invalidParams('Account number is invalid');
  return { type, name, accountNumber, bankCode, currency: currencyOf(body.currency) };
}

export function renderRecipient(key: string, recipient: Recipient): object {
  const { id, code, type, name, currency, accountNumber, bankCode, createdMs } = recipient;
  return {
    active: true,
    id,
    type,
    name,
    currency,
    recipient_code: code,
    description: null,
    email: null,
    metadata: null,
    domain: domainOf(key),
    integration: INTEGRATION,
    is_deleted: false,
    isDeleted: false,
    createdAt: iso(createdMs),
    updatedAt: iso(createdMs),
    details: {
      authorization_code: type === 'authorization' ? accountNumber : null,
      account_number: accountNumber,
      account_name: null,
      bank_code: textOf(bankCode),
      bank_name: bankName(bankCode),
    },
  };
}
