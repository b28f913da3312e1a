// `switchyard keys rotate-master`: makes a new master key when the last rotation is complete, then gives it to every
// secret. It may be stopped at any point and started again.
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../config.ts';
import type { Context } from '../flows/context.ts';
import { findLeftovers, rotateKeys } from '../flows/rotate-keys/rotate-keys.ts';
import { addMasterKey, masterKeyAgeMs, retireOldMasterKeys } from '../vault/master-key-file.ts';
import { CommandError } from './fault.ts';
import { noteCommand } from './note-command.ts';
import { withContext } from './with-context.ts';

/** A running server reads master.key every two seconds; until then it seals with the key before. */
const FOLLOWED_MS = 10_000;

export async function rotateMaster({ dropOld = false }: { dropOld?: boolean }): Promise<void> {
  const config = readConfig(process.env);
  const dataDir = config.masterKey === null ? config.dataDir : null;
  await withContext(config, async (context) => {
    await chooseKey(context, dataDir, dropOld);
    process.stdout.write(`Master key ${context.keyRing.active.id} seals from now on.\n`);
    await rewrapAll(context);
    if (dropOld && dataDir !== null && context.keyRing.ids.length > 1) {
      const ageMs = await masterKeyAgeMs(dataDir, context.ports.clock.nowMs());
      if (ageMs < FOLLOWED_MS) await sleep(FOLLOWED_MS - ageMs);
      await rewrapAll(context);
    }
    await finish(context, dataDir, dropOld);
  });
}

async function rewrapAll(context: Context): Promise<void> {
  const { db, keyRing, ports } = context;
  const parts = { db, keyRing, random: ports.random };
  const tell = (count: number) => process.stderr.write(`\r${count} secrets`);
  const { rewrapped, unreadable } = await rotateKeys(parts, tell);
  if (rewrapped > 0) process.stderr.write('\n');
  process.stdout.write(`${rewrapped} secrets got the new key.\n`);
  const subject = { type: 'installation', id: keyRing.active.id } as const;
  await noteCommand(context, { subject, action: 'master key rotated', metadata: { rewrapped } });
  for (const { column, subject } of unreadable)
    process.stdout.write(`${column.replaceAll('_', ' ')} of ${subject} cannot be read.\n`);
  if ((await findLeftovers(db, keyRing)).length === 0) return;
  throw new CommandError(
    'Some secrets still need an older key. If servers were sealing meanwhile, run this again; what cannot be read is listed above.',
  );
}

/** A rotation under way is continued; otherwise a new key begins one. */
async function chooseKey(
  { db, keyRing, ports }: Context,
  dataDir: string | null,
  dropOld: boolean,
): Promise<void> {
  const underWay = (await findLeftovers(db, keyRing)).length > 0;
  if (underWay || dropOld) return;
  if (dataDir === null) {
    if (keyRing.ids.length > 1) return; // the operator put a new one first, and nothing was sealed yet
    throw new CommandError(
      'Put a new key in front of the old one: SWITCHYARD_MASTER_KEY="<new>,<old>" (openssl rand -base64 32), in every server, then run this again.',
    );
  }
  await addMasterKey(dataDir, ports.random);
  keyRing.refresh();
}

async function finish(
  { keyRing, ports }: Context,
  dataDir: string | null,
  dropOld: boolean,
): Promise<void> {
  const old = keyRing.ids.filter((id) => id !== keyRing.active.id);
  if (old.length === 0) return;
  if (dropOld && dataDir !== null) {
    await retireOldMasterKeys(dataDir, ports.random);
    process.stdout.write(
      `${old.join(', ')} went to master.key.retired: keep it for older backups.\n`,
    );
    return;
  }
  const next =
    dataDir === null
      ? 'take what follows the first comma out of SWITCHYARD_MASTER_KEY'
      : 'run this with --drop-old';
  process.stdout.write(
    `Nothing needs ${old.join(', ')} any more. Back up the new key, keep the old one as long as older backups, and ${next}.\n`,
  );
}
