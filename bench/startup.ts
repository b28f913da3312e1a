// How long until a server is ready: the first time on a new data directory, and every later time; beside the time
// that Node and the bundled Postgres take by themselves.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { startChild } from './child.ts';
import type { BareOrder, BareWord } from './children/bare-postgres.ts';
import { removeDir, temporaryDir } from './leftovers.ts';
import { type Finding, finding } from './report.ts';
import { startServer } from './server.ts';
import { median } from './statistics.ts';

const NO_PSP = 'http://127.0.0.1:9';

export async function benchStartup(quick: boolean): Promise<Finding[]> {
  const [firsts, laters] = quick ? [1, 2] : [3, 5];
  const times = { first: [] as number[], later: [] as number[], node: [] as number[] };
  const bare = { first: [] as number[], later: [] as number[] };
  for (let round = 0; round < firsts; round += 1) {
    await onNewDirectory(async (dataDir) => {
      times.first.push(await serverMs(dataDir));
      for (let again = 0; again < Math.ceil(laters / firsts); again += 1) {
        times.later.push(await serverMs(dataDir));
        times.node.push(nodeMs());
      }
    });
    await onNewDirectory(async (dataDir) => {
      bare.first.push(await bareMs(dataDir));
      bare.later.push(await bareMs(dataDir));
    });
  }
  const row = (which: 'first' | 'later', atMost: number) =>
    finding(
      {
        part: 'startup',
        what: `${which} start`,
        unit: 'ms',
        value: median(times[which]),
        control: {
          name: 'Node and Postgres alone',
          value: median(bare[which]),
        },
      },
      { of: 'measured', atMost },
    );
  const node = { part: 'startup', what: 'an empty Node', unit: 'ms', value: median(times.node) };
  return [row('first', 10_000), row('later', 2_000), finding(node)];
}

async function onNewDirectory(work: (dataDir: string) => Promise<void>): Promise<void> {
  const dir = await temporaryDir();
  try {
    await work(join(dir, 'data'));
  } finally {
    await removeDir(dir);
  }
}

async function serverMs(dataDir: string): Promise<number> {
  const server = await startServer({ dataDir, pspUrl: NO_PSP, profileDir: null });
  await server.stop();
  return server.readyMs;
}

function nodeMs(): number {
  const startedMs = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  return performance.now() - startedMs;
}

/** A Node that does nothing but start the bundled Postgres. */
async function bareMs(dataDir: string): Promise<number> {
  const startedMs = performance.now();
  const child = startChild<BareOrder, BareWord>('bare-postgres', dataDir);
  try {
    await child.first;
    const tookMs = performance.now() - startedMs;
    await child.ask('stop', 30_000);
    return tookMs;
  } finally {
    await child.stop();
  }
}
