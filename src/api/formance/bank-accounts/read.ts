// What a client posts as a bank account (api/formance.md section 5).
import type { NewBankAccount } from '../../../flows/bank-account/create.ts';
import { isCountry } from '../../../kernel/country.ts';
import { invalidField } from '../envelope.ts';
import { bodyOf, metadataIn, optionalText, textIn } from '../read-body.ts';

const IBAN = /^[A-Za-z0-9]{15,31}$/;
const BIC = /^[A-Za-z0-9]{8,11}$/;

export function readBankAccount(said: unknown, needsCountry: boolean): NewBankAccount {
  const body = bodyOf(said);
  const accountNumber = optionalText(body.accountNumber, 'AccountNumber', 64) ?? '';
  const iban = optionalText(body.iban, 'IBAN', 64) ?? '';
  const swiftBicCode = optionalText(body.swiftBicCode, 'SwiftBicCode', 64) ?? '';
  if (iban !== '' && !IBAN.test(iban)) throw invalidField('IBAN', 'is invalid');
  if (swiftBicCode !== '' && !BIC.test(swiftBicCode))
    throw invalidField('SwiftBicCode', 'is invalid');
  if (iban === '' && accountNumber === '')
    throw invalidField('AccountNumber', 'or IBAN is required');
  const country = optionalText(body.country, 'Country', 2);
  if (country === null && needsCountry) throw invalidField('Country', 'is required');
  if (country !== null && !isCountry(country)) throw invalidField('Country', 'is invalid');
  return {
    name: textIn(body.name, 'Name'),
    country,
    accountNumber,
    iban,
    swiftBicCode,
    metadata: metadataIn(body.metadata),
  };
}
