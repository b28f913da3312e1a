// The doctor's questions to the database: its version, its clock, and whether the master key fits what lies in it.
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Context } from '../flows/context.ts';
import { sampleSecrets } from '../flows/rotate-keys/sample-secrets.ts';
import type { Db, Executor } from '../store/db.ts';
import { freeBytes } from '../store/embedded/disk.ts';
import { databaseFacts, hasSpace } from '../store/readiness.ts';
import type { Finding } from './doctor.ts';

const OLDEST_MAJOR = 15;
/** Webhook signatures allow minutes; a drift of seconds shows a clock that nobody keeps. */
const DRIFT_MS_MAX = 2_000;

export async function checkPostgres(db: Executor, { databaseUrl }: Config): Promise<Finding> {
  const { version } = await databaseFacts(db);
  const detail = `Postgres ${version}, up to date${databaseUrl === null ? ', bundled' : ''}`;
  if (Number.parseInt(version, 10) >= OLDEST_MAJOR)
    return { what: 'database', state: 'ok', detail };
  const complaint = `Postgres ${version} is too old: ${OLDEST_MAJOR} or newer is needed`;
  return { what: 'database', state: 'wrong', detail: complaint };
}

/** Free space of the bundled database's disk that is worth a note. */
const LITTLE_BYTES = 2 * 1024 ** 3;

export async function checkDisk(db: Db, { databaseUrl, dataDir }: Config): Promise<Finding> {
  const what = 'disk';
  if (!(await hasSpace(db))) return { what, state: 'wrong', detail: "the database's disk is full" };
  if (databaseUrl !== null) return { what, state: 'ok', detail: 'the database can write' };
  const bytes = freeBytes(join(dataDir, 'postgres'));
  const detail = `${(bytes / 1024 ** 3).toFixed(1)} GiB free`;
  return { what, state: bytes < LITTLE_BYTES ? 'note' : 'ok', detail };
}

export async function checkClock({ db, ports }: Context): Promise<Finding> {
  const before = ports.clock.nowMs();
  const { nowMs } = await databaseFacts(db);
  const after = ports.clock.nowMs();
  const driftMs = nowMs < before ? before - nowMs : Math.max(0, nowMs - after);
  const detail = `${driftMs} ms between this machine and the database`;
  return { what: 'clock', state: driftMs > DRIFT_MS_MAX ? 'wrong' : 'ok', detail };
}

export async function checkSecrets(context: Context): Promise<Finding[]> {
  const what = 'master key';
  const { opened, older, complaints } = await sampleSecrets(context);
  if (complaints.length > 0)
    return complaints.map((detail) => ({ what, state: 'wrong' as const, detail }));
  const key = context.keyRing.active.id;
  if (older > 0) {
    const detail = `${older} secrets have an older key: run \`switchyard keys rotate-master\``;
    return [{ what, state: 'note', detail }];
  }
  const detail = opened === 0 ? `${key}; nothing is sealed yet` : `${key} opens what is stored`;
  return [{ what, state: 'ok', detail }];
}
