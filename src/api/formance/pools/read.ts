// What a client posts as a pool: accounts, or a query that finds them (api/formance.md section 5).
import type { Configuration } from '../../../flows/configuration.ts';
import { accountFields } from '../accounts/list.ts';
import { amountJson } from '../amount.ts';
import { invalidField } from '../envelope.ts';
import { namedIn } from '../named.ts';
import { parseQuery } from '../query.ts';
import { type Body, bodyOf, textIn } from '../read-body.ts';

const ACCOUNTS_MAX = 1_000;

export function readPool(said: unknown, configuration: Configuration) {
  const body = bodyOf(said);
  const name = textIn(body.name, 'Name', 1, 200);
  const { accountIDs, query } = body;
  const isStatic = accountIDs !== undefined && accountIDs !== null;
  const isDynamic = query !== undefined && query !== null;
  if (isStatic === isDynamic) throw invalidField('AccountIDs', 'or Query is required, not both');
  if (isDynamic) return { name, query: queryIn(query, configuration), accounts: [] };
  if (!Array.isArray(accountIDs) || accountIDs.length > ACCOUNTS_MAX)
    throw invalidField('AccountIDs', 'is invalid');
  const accounts = accountIDs.map((id: unknown) =>
    namedIn(configuration, textIn(id, 'AccountIDs', 1, 8_000), 'Account'),
  );
  return { name, query: null, accounts };
}

/** It is read here, so that a pool never has a query that cannot be asked. */
export function queryIn(said: unknown, configuration: Configuration): Body {
  const text = JSON.stringify(bodyOf(said), (_name, value) =>
    typeof value === 'bigint' ? amountJson(value) : value,
  );
  parseQuery(text, accountFields(configuration));
  return JSON.parse(text) as Body;
}
