// Whether the ring's keys fit what is stored, without changing anything: keys that are missing, and one secret of each
// kind opened. What is opened is not looked at.
import { sealedByOthers, sealedColumns } from '../../store/sealed.ts';
import { open } from '../../vault/envelope.ts';
import { VaultError } from '../../vault/vault-error.ts';
import type { Context } from '../context.ts';
import { findLeftovers, placeOf } from './rotate-keys.ts';

export interface Sample {
  /** Secrets that were opened. */
  readonly opened: number;
  /** Secrets that an older key of the ring seals. */
  readonly older: number;
  readonly complaints: readonly string[];
}

export async function sampleSecrets({ db, keyRing }: Context): Promise<Sample> {
  const leftovers = await findLeftovers(db, keyRing);
  const missing = leftovers.filter(({ keyId }) => keyRing.find(keyId) === null);
  const complaints = missing.map(
    ({ count, column, keyId }) =>
      `${count} ${column.replaceAll('_', ' ')} need key ${keyId || '(unreadable)'}, which is not there`,
  );
  let opened = 0;
  for (const column of sealedColumns) {
    const [row] = await sealedByOthers(db, column, '', { environmentId: '', key: '' }, 1);
    if (!row) continue;
    try {
      open(keyRing, placeOf(column, row), row.sealed);
      opened += 1;
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      complaints.push(`${column.replaceAll('_', ' ')} of ${row.subject}: ${error.message}`);
    }
  }
  const older = leftovers.reduce((sum, { count }) => sum + count, 0);
  return { opened, older, complaints };
}
