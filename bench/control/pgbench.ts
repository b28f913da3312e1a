// The control: pgbench, Postgres's own benchmark, running the control's statements on the same database. Where it is
// not installed, a small program of ours does the same with the driver that the server uses.
import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type pg from 'pg';
import { startChild } from '../child.ts';
import type { ControlOrder, ControlResult } from '../children/control.ts';
import type { Script } from './statements.ts';

const PGBENCH = 'pgbench';

export interface Control {
  /** For the table. */
  readonly name: string;
  /** Payments a second. */
  run(clients: number, measureMs: number): Promise<number>;
}

export interface ControlParts {
  readonly script: Script;
  readonly connection: { host: string; port: number; user: string; database: string };
  /** For the script's file. */
  readonly dir: string;
}

export function chooseControl(parts: ControlParts): Promise<Control> {
  const { status, stdout } = spawnSync(PGBENCH, ['--version'], { encoding: 'utf8' });
  return status === 0 ? pgbenchControl(parts, stdout.trim()) : Promise.resolve(nodeControl(parts));
}

async function pgbenchControl(
  { script, connection, dir }: ControlParts,
  version: string,
): Promise<Control> {
  const file = `${dir}/control.pgbench.sql`;
  const lines = script.statements.map(({ sql, keep }) => `${sql}${keep ? ' \\gset' : ';'}`);
  await writeFile(file, `${lines.join('\n')}\n`);
  const values = [...script.values].flatMap(([name, value]) => ['-D', `${name}=${value}`]);
  const { host, port, user, database } = connection;
  return {
    name: `${version.replace(/^pgbench \(PostgreSQL\) (\S+).*/, 'pgbench $1')} -M prepared`,
    run: async (clients, measureMs) => {
      const { stdout } = await promisify(execFile)(
        PGBENCH,
        [
          '--no-vacuum',
          '--protocol=prepared',
          `--file=${file}`,
          ...values,
          `--client=${clients}`,
          `--jobs=${Math.min(2, clients)}`,
          `--time=${Math.max(1, Math.round(measureMs / 1000))}`,
          '-h',
          host,
          '-p',
          String(port),
          '-U',
          user,
          database,
        ],
        { timeout: measureMs + 60_000 },
      ).catch(({ stderr }: { stderr?: string }) => {
        throw new Error(`pgbench failed: ${stderr}`); // its own message quotes every value
      });
      const failed = /number of failed transactions: (\d+)/.exec(stdout)?.[1] ?? '0';
      const perS = Number(/tps = ([\d.]+) \(without initial/.exec(stdout)?.[1]);
      if (failed !== '0' || !(perS > 0)) throw new Error(`the control failed:\n${stdout}`);
      return perS;
    },
  };
}

function nodeControl({ script, connection }: ControlParts): Control {
  return {
    name: 'a loop with the driver `pg`, as pgbench is not installed',
    run: async (clients, measureMs) => {
      const child = startChild<ControlOrder, ControlResult>('control');
      try {
        const order = { script, connection: connection as pg.ClientConfig, clients, measureMs };
        const { payments, tookMs } = await child.ask(order, measureMs + 60_000);
        return (payments * 1000) / tookMs;
      } finally {
        await child.stop();
      }
    },
  };
}
