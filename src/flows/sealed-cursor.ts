// Cursors of pages: opaque to clients and sealed, so that none can be made up or used for another environment or list.
import { open, seal } from '../vault/envelope.ts';
import { VaultError } from '../vault/vault-error.ts';
import type { Context } from './context.ts';

type Keys = Pick<Context, 'keyRing' | 'ports'>;

export function sealCursor(
  { keyRing, ports }: Keys,
  environmentId: string,
  list: string,
  content: unknown,
): string {
  return seal(keyRing, placeOf(environmentId, list), JSON.stringify(content), ports.random);
}

/** Null for what is not a cursor of this list. */
export function openCursor(
  { keyRing }: Keys,
  environmentId: string,
  list: string,
  cursor: string,
): unknown {
  try {
    return JSON.parse(open(keyRing, placeOf(environmentId, list), cursor));
  } catch (error) {
    if (error instanceof VaultError || error instanceof SyntaxError) return null;
    throw error;
  }
}

function placeOf(environmentId: string, list: string) {
  return { environmentId, subject: list, field: 'cursor' };
}
