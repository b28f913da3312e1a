// Checks what a Connxt client asks for, in the order of connxt.md 7.3. Nothing is stored and nothing sent before all of
// it passed.
import type { TransactionAction } from '../../domain/transaction/transaction.ts';
import { isCurrency } from '../../kernel/currency.ts';
import { parseDecimal } from '../../kernel/money.ts';
import type { ConnxtEnvironment } from '../../store/connxt-environments.ts';
import { findPsp } from '../../store/psps.ts';
import type { Context, Environment } from '../context.ts';
import { schemaProblems } from '../flow-catalogue/json-schema.ts';
import type { CatalogueDefinition } from '../flow-catalogue/targets.ts';
import { type Psp, toPsp } from '../psp/psp.ts';
import { type FieldError, unknownId, validationFailed } from '../psp/refusals.ts';
import { payloadSchema } from './payload-schema.ts';

/** Shapes are right, values are not known to be. */
export interface AskedTransaction {
  readonly flowActionId: string;
  readonly flowTargetId: string;
  readonly pspId: string;
  readonly transactionType: string | null;
  readonly txnCurrency: string;
  readonly txnAmount: number;
  readonly txnFee: number | null;
  readonly externalRequestId: string | null;
  readonly requestId: string | null;
  readonly parentTxnId: string | null;
  readonly executePayload: { readonly body: Readonly<Record<string, unknown>> };
}

export interface Order {
  readonly id: string;
  readonly amountMinor: bigint;
  readonly currency: string;
}

export interface ReadTransaction {
  readonly asked: AskedTransaction;
  readonly action: TransactionAction;
  readonly psp: Psp;
  readonly definition: CatalogueDefinition;
  readonly order: Order;
  readonly amountMismatch: boolean;
  readonly customer: Customer;
}

interface Customer {
  readonly id: string | null;
  readonly email: string | null;
  readonly name: string | null;
  readonly phone: string | null;
  readonly country: string | null;
}

const DIGITS_MAX = 15;
const BODY_BYTES_MAX = 256 * 1024;

export async function readTransaction(
  context: Context,
  environment: Environment,
  settings: ConnxtEnvironment,
  asked: AskedTransaction,
): Promise<ReadTransaction> {
  const { flows } = context;
  await flows.refresh();
  const row = await findPsp(context.db, environment.id, asked.pspId);
  const psp = row && toPsp(context, row);
  if (psp?.status !== 'ENABLED') throw unknownId('pspId', 'PSP');
  if (psp.target.id !== asked.flowTargetId)
    throw wrong('flowTargetId', 'Flow target is not that of the PSP', 'mismatch');
  const action = flows.action(asked.flowActionId);
  if (!action) throw unknownId('flowActionId', 'Flow action');
  const operation = psp.operations.find(({ flowActionId }) => flowActionId === action.id);
  if (operation?.status !== 'ENABLED') throw unknownId('flowActionId', 'Operation of the PSP');
  const definition = psp.target.definitions.get(action.id);
  if (!definition?.published) throw unknownId('flowActionId', 'Flow definition');
  if (!['DEPOSIT', 'WITHDRAW', 'REFUND'].includes(action.name))
    throw unknownId('flowActionId', 'Flow action'); // a definition of an action that moves no money of ours
  checkCurrency(psp, 'txnCurrency', asked.txnCurrency);
  const { body } = asked.executePayload;
  if (Buffer.byteLength(JSON.stringify(body)) > BODY_BYTES_MAX)
    throw wrong(BODY, 'must have at most 256 KB', 'too_large');
  const schema = payloadSchema((definition.version?.settings.inputSchema ?? {}) as Loose);
  const problems = schemaProblems(schema, body);
  if (problems.length > 0)
    throw validationFailed(
      ...problems.map(({ path, message }) => ({
        field: path === '' ? BODY : `${BODY}.${path}`,
        message,
        code: 'schema',
      })),
    );
  const order = orderOf(body);
  checkCurrency(psp, `${BODY}.order.money.currency`, order.currency);
  const customer = customerOf(body);
  checkCountry(psp, customer.country);
  const amountMismatch = isOtherAmount(asked, order);
  if (amountMismatch && settings.strictAmounts)
    throw wrong('txnAmount', 'txnAmount and txnCurrency differ from order.money', 'mismatch');
  const name = action.name as TransactionAction;
  return { asked, action: name, psp, definition, order, amountMismatch, customer };
}

const BODY = 'executePayload.body';

type Loose = Readonly<Record<string, unknown>>;

function wrong(field: string, message: string, code: string) {
  return validationFailed({ field, message, code } satisfies FieldError);
}

function checkCurrency({ target }: Psp, field: string, currency: string): void {
  if (!isCurrency(currency)) throw wrong(field, 'is not an ISO 4217 currency', 'currency');
  const { currencies } = target.lists;
  if (currencies.length > 0 && !currencies.includes(currency))
    throw wrong(field, `${currency} is not a currency of ${target.name}`, 'currency');
}

function checkCountry({ target }: Psp, country: string | null): void {
  const { countries } = target.lists;
  if (country === null || countries.length === 0 || countries.includes(country)) return;
  throw wrong(
    `${BODY}.customer.address.country`,
    `${country} is not a country of ${target.name}`,
    'country',
  );
}

/** A definition's own schema may leave out what no payment can do without. */
function orderOf(body: Loose): Order {
  const order = objectAt(body.order);
  const money = objectAt(order.money);
  const { id } = order;
  if (typeof id !== 'string' || id === '')
    throw wrong(`${BODY}.order.id`, 'is required', 'required');
  const { currency } = money;
  if (typeof currency !== 'string' || !isCurrency(currency))
    throw wrong(`${BODY}.order.money.currency`, 'is not an ISO 4217 currency', 'currency');
  const amountMinor = amountOf(money.amount, currency, `${BODY}.order.money.amount`);
  return { id, amountMinor, currency };
}

/** JSON numbers carry 15 digits exactly; what has more may not be what was written. */
export function amountOf(value: unknown, currency: string, field: string): bigint {
  const digits = typeof value === 'number' ? String(value).replace(/^0\.|\D/g, '') : '';
  const minor =
    typeof value === 'number' && digits.length <= DIGITS_MAX ? parseDecimal(value, currency) : null;
  if (minor === null)
    throw wrong(field, `must be a number with no more decimals than ${currency} has`, 'amount');
  if (minor <= 0n) throw wrong(field, 'must be greater than 0', 'amount');
  return minor;
}

function isOtherAmount({ txnAmount, txnCurrency }: AskedTransaction, order: Order): boolean {
  const minor = amountOf(txnAmount, txnCurrency, 'txnAmount');
  return txnCurrency !== order.currency || minor !== order.amountMinor;
}

function customerOf(body: Loose): Customer {
  const customer = objectAt(body.customer);
  const { phoneNumber, countryCode } = objectAt(customer.phone);
  const { country } = objectAt(customer.address);
  const names = [customer.firstName, customer.lastName].filter((one) => typeof one === 'string');
  const phone = textOf(phoneNumber);
  const code = textOf(countryCode)?.replace(/\D/g, '') ?? '';
  return {
    id: textOf(customer.id),
    email: textOf(customer.email),
    name: textOf(names.join(' ')),
    phone: phone === null || phone.startsWith('+') || code === '' ? phone : `+${code}${phone}`,
    country: textOf(country),
  };
}

function objectAt(value: unknown): Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Loose)
    : {};
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}
