// Keeps a beneficiary, and opens it again for a payout alone.
import { type Beneficiary, maskBeneficiary } from '../../domain/payout/beneficiary.ts';
import { newId } from '../../kernel/ids.ts';
import { notFound } from '../../kernel/problem.ts';
import {
  findBeneficiary,
  insertBeneficiary,
  type SavedBeneficiary,
} from '../../store/beneficiaries.ts';
import type { Executor } from '../../store/db.ts';
import { openFields, seal } from '../../vault/envelope.ts';
import type { Context, Environment } from '../context.ts';
import { beneficiaryPlace } from '../payout/payout-input.ts';

export async function saveBeneficiary(
  { keyRing, ports }: Context,
  tx: Executor,
  environment: Environment,
  beneficiary: Beneficiary,
): Promise<SavedBeneficiary> {
  const id = newId('ben', ports);
  const place = beneficiaryPlace(environment.id, id);
  const nowMs = ports.clock.nowMs();
  const saved: SavedBeneficiary = {
    environmentId: environment.id,
    id,
    details: maskBeneficiary(beneficiary),
    sealedDetails: seal(keyRing, place, { ...beneficiary }, ports.random),
    createdAt: nowMs,
    updatedAt: nowMs,
  };
  await insertBeneficiary(tx, saved);
  return saved;
}

/** As it was saved, the account in clear. */
export async function openBeneficiary(
  { db, keyRing }: Context,
  environment: Environment,
  id: string,
): Promise<Beneficiary> {
  const saved = await findBeneficiary(db, environment.id, id);
  if (!saved) throw notFound('Beneficiary', 'beneficiary_not_found');
  const place = beneficiaryPlace(environment.id, id);
  return openFields(keyRing, place, saved.sealedDetails) as unknown as Beneficiary;
}
