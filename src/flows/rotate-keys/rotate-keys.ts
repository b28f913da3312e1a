// Seals every secret with the ring's active key, a batch at a time, while servers run (reliability.md F18). Secrets
// are not opened for it: only their data keys are wrapped anew. How far it is stands in the secrets themselves, so a
// rotation that died is continued by starting it again.
import type { Random } from '../../kernel/ports.ts';
import type { Db, Executor } from '../../store/db.ts';
import {
  countSealedByOthers,
  type Position,
  replaceSealed,
  type SealedColumn,
  type SealedRow,
  sealedByOthers,
  sealedColumns,
} from '../../store/sealed.ts';
import { rewrap, type SealContext } from '../../vault/envelope.ts';
import type { KeyRing } from '../../vault/key-ring.ts';
import { VaultError } from '../../vault/vault-error.ts';
import { bankAccountPlace } from '../bank-account/open.ts';
import { credentialsPlace } from '../configuration.ts';
import { endpointPlace } from '../endpoint/secrets.ts';
import { answerPlace } from '../idempotency.ts';
import { signingKeyPlace } from '../oauth/signing-keys.ts';
import { clientTokenPlace } from '../payment/client-secret.ts';
import { beneficiaryPlace } from '../payout/payout-input.ts';
import { pspTokenPlace } from '../psp-token.ts';
import { callbackKeyPlace } from '../transaction/callback-urls.ts';

export interface RotationParts {
  readonly db: Db;
  readonly keyRing: KeyRing;
  readonly random: Random;
}

export interface Rotation {
  /** Secrets that got the active key. */
  readonly rewrapped: number;
  /** Secrets that no key opens, because they were changed or moved: an operator has to look. */
  readonly unreadable: readonly { readonly column: SealedColumn; readonly subject: string }[];
}

export interface Leftover {
  readonly column: SealedColumn;
  readonly keyId: string;
  readonly count: number;
}

const BATCH = 200;
/** Servers that have not seen the new key yet may seal with the old one behind the walk. */
const ROUNDS_MAX = 5;

/** Where each column's secrets are sealed for. */
const PLACES = {
  connection_credentials: credentialsPlace,
  gone_credentials: credentialsPlace,
  payment_secrets: clientTokenPlace,
  attempt_tokens: clientTokenPlace,
  idempotent_answers: answerPlace,
  endpoint_secrets: endpointPlace,
  psp_tokens: pspTokenPlace,
  payout_beneficiaries: beneficiaryPlace,
  beneficiaries: beneficiaryPlace,
  bank_accounts: bankAccountPlace,
  signing_keys: signingKeyPlace,
  callback_keys: callbackKeyPlace,
} as const;

export function placeOf(
  column: SealedColumn,
  { environmentId, subject }: Pick<SealedRow, 'environmentId' | 'subject'>,
): SealContext {
  return PLACES[column](environmentId, subject);
}

/** Secrets that the active key does not seal. None: the older keys are needed no more. */
export async function findLeftovers(db: Executor, keyRing: KeyRing): Promise<Leftover[]> {
  const counts = sealedColumns.map(async (column) => {
    const rows = await countSealedByOthers(db, column, keyRing.active.id);
    return rows.map((row) => ({ column, ...row }));
  });
  return (await Promise.all(counts)).flat();
}

/**
 * Throws a VaultError before anything is changed when secrets need a key that the ring lacks. `tell` is called after
 * every batch with the number of secrets so far.
 */
export async function rotateKeys(
  parts: RotationParts,
  tell: (rewrapped: number) => void = () => {},
): Promise<Rotation> {
  const unreadable = new Map<string, { column: SealedColumn; subject: string }>();
  let rewrapped = 0;
  for (let round = 1; round <= ROUNDS_MAX; round += 1) {
    const leftovers = await findLeftovers(parts.db, parts.keyRing);
    refuseUnknownKeys(parts.keyRing, leftovers);
    const before = rewrapped;
    for (const column of new Set(leftovers.map((one) => one.column))) {
      for await (const batch of walk(parts, column)) {
        for (const subject of batch.unreadable)
          unreadable.set(`${column} ${subject}`, { column, subject });
        rewrapped += batch.rewrapped;
        tell(rewrapped);
      }
    }
    if (rewrapped === before) break;
  }
  return { rewrapped, unreadable: [...unreadable.values()] };
}

async function* walk({ db, keyRing, random }: RotationParts, column: SealedColumn) {
  let after: Position = { environmentId: '', key: '' };
  for (;;) {
    const rows = await sealedByOthers(db, column, keyRing.active.id, after, BATCH);
    const last = rows.at(-1);
    if (!last) return;
    const fresh: (SealedRow & { fresh: string })[] = [];
    const unreadable: string[] = [];
    for (const row of rows) {
      const sealed = rewrapReadable(keyRing, placeOf(column, row), row.sealed, random);
      if (sealed === null) unreadable.push(row.subject);
      else fresh.push({ ...row, fresh: sealed });
    }
    const rewrapped = await db.transaction((tx) => replaceSealed(tx, column, fresh));
    yield { rewrapped, unreadable };
    after = last;
  }
}

/** Null when no key opens it. */
function rewrapReadable(
  keyRing: KeyRing,
  place: SealContext,
  sealed: string,
  random: Random,
): string | null {
  try {
    return rewrap(keyRing, place, sealed, random) ?? sealed;
  } catch (error) {
    if (error instanceof VaultError) return null;
    throw error;
  }
}

function refuseUnknownKeys(keyRing: KeyRing, leftovers: readonly Leftover[]): void {
  for (const { keyId, column, count } of leftovers) {
    if (!/^[0-9a-f]{8}$/.test(keyId) || keyRing.find(keyId) !== null) continue;
    throw new VaultError(
      'unknown_key',
      `${count} ${column.replaceAll('_', ' ')} need master key ${keyId}, which the ring lacks: put it back behind the others`,
    );
  }
}
