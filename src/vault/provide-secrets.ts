// The secrets that a server itself needs: as given in its settings, else made once in its data directory.
import type { Random } from '../kernel/ports.ts';
import { loadOrCreateAdminToken } from './admin-token-file.ts';
import { type KeyRing, openKeyRing } from './key-ring.ts';
import { openMasterKeyFile } from './master-key-file.ts';

export interface SecretSettings {
  readonly masterKey: string | null;
  readonly adminToken: string | null;
  readonly dataDir: string;
}

export async function provideSecrets(
  settings: SecretSettings,
  random: Random,
): Promise<{ readonly keyRing: KeyRing; readonly adminToken: string }> {
  return {
    keyRing: await provideKeyRing(settings, random),
    adminToken: settings.adminToken ?? (await loadOrCreateAdminToken(settings.dataDir, random)),
  };
}

export async function provideKeyRing(
  { masterKey, dataDir }: Pick<SecretSettings, 'masterKey' | 'dataDir'>,
  random: Random,
): Promise<KeyRing> {
  return masterKey === null ? openMasterKeyFile(dataDir, random) : openKeyRing(masterKey);
}
