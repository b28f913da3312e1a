// How accounts of a recorded payment are stored. An account of the payment's own connector, by far the most, is kept by
// its reference alone: its id says nothing more. Any other id is kept whole, behind a mark.
import { type ConnectorRef, decodeObject, encodeObject } from './ids.ts';

const MARK = '@';

/** Null for what is no id of an account. */
export function storedAccount(id: string, connector: ConnectorRef): string | null {
  const account = decodeObject(id);
  if (!account) return null;
  const { reference } = account;
  const own = !reference.startsWith(MARK) && encodeObject({ connector, reference }) === id;
  return own ? reference : `${MARK}${id}`;
}

/** The id as it was sent. */
export function accountId(stored: string, connector: ConnectorRef): string {
  return stored.startsWith(MARK)
    ? stored.slice(MARK.length)
    : encodeObject({ connector, reference: stored });
}
