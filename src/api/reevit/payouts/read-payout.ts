// A payout and a beneficiary as Reevit's clients send them (api/reevit.md section 9.1).
import { type Static, Type } from 'typebox';
import type { Beneficiary } from '../../../domain/payout/beneficiary.ts';
import { isCurrency } from '../../../kernel/currency.ts';
import { invalid } from '../../../kernel/problem.ts';
import { memberOf } from '../../field-path.ts';
import { MetadataBody } from '../metadata.ts';
import { AnyObject, OrNull } from '../schemas.ts';

const Word = (maxLength: number) => OrNull(Type.String({ maxLength }));

export const BeneficiaryBody = Type.Object({
  type: Type.String({ maxLength: 32 }),
  name: Type.String({ minLength: 1, maxLength: 200 }),
  account_number: Word(64),
  bank_code: Word(64),
  phone: Word(32),
  provider: Word(64),
});

const item = {
  amount: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  beneficiary: OrNull(BeneficiaryBody),
  beneficiary_id: Word(128),
  narration: Word(500),
  reference: Word(200),
  metadata: OrNull(MetadataBody),
};

/** `reference`, `scheduled_at` and `requires_confirmation` are ours; no client of Reevit's sends them. */
export const PayoutBody = Type.Object({
  ...item,
  connection_id: Word(128),
  currency: Type.String({ maxLength: 8 }),
  scheduled_at: Word(64),
  requires_confirmation: OrNull(Type.Boolean()),
});

const BULK_MAX = 100;

/** The items are looked at one by one, so that a wrong one is told in its place. */
export const BulkBody = Type.Object({
  connection_id: Word(128),
  currency: Type.String({ maxLength: 8 }),
  payouts: Type.Array(AnyObject, { minItems: 1, maxItems: BULK_MAX }),
});

export const BulkItem = Type.Object(item);

export function readCurrency(word: string): string {
  const currency = word.toUpperCase();
  if (!isCurrency(currency))
    throw invalid('invalid_currency', `currency ${word} is not known`, 'currency');
  return currency;
}

export function readBeneficiary(
  body: Static<typeof BeneficiaryBody>,
  field = 'beneficiary',
): Beneficiary {
  const { type, name } = body;
  const needed = (member: 'account_number' | 'bank_code' | 'phone' | 'provider') => {
    const value = body[member]?.trim();
    if (value) return value;
    const path = memberOf(field, member);
    throw invalid('missing_required_field', `${path} is required for ${type}`, path);
  };
  if (type === 'bank')
    return { type, name, accountNumber: needed('account_number'), bankCode: needed('bank_code') };
  if (type === 'mobile_money')
    return { type, name, accountNumber: needed('phone'), bankCode: needed('provider') };
  const path = memberOf(field, 'type');
  throw invalid('validation_error', `${path} must be bank or mobile_money`, path);
}

export function readTime(text: string | null | undefined, field: string): number | null {
  if (!text) return null;
  const epochMs = Date.parse(text);
  if (/^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(epochMs)) return epochMs;
  throw invalid('validation_error', `${field} must be an RFC 3339 date-time`, field);
}
