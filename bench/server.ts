// A server as `npm start` starts it, on a data directory of the benchmark, and its way down.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ended, watched } from './leftovers.ts';

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const START_WITHIN_MS = 60_000;
const POLL_MS = 10;
export const ADMIN_TOKEN = 'admin-token-of-the-benchmark';

export interface Server {
  readonly url: string;
  readonly pid: number;
  /** From the start of the process to the first `ready`. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly dataDir: string;
  readonly pspUrl: string;
  /** Where a profile of the processor's time is written when the server stops. */
  readonly profileDir: string | null;
}

export async function startServer(options: ServerOptions): Promise<Server> {
  const { dataDir, pspUrl, profileDir } = options;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const logFile = join(dataDir, '..', 'server.log');
  const log = openSync(logFile, 'a');
  const profiling = profileDir === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  const startedMs = performance.now();
  const command = [...profiling, MAIN, 'start'];
  const running = spawn(process.execPath, command, {
    stdio: ['ignore', log, log],
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      SWITCHYARD_DATA_DIR: dataDir,
      SWITCHYARD_ADMIN_TOKEN: ADMIN_TOKEN,
      SWITCHYARD_REQUESTS_PER_MINUTE: '0',
      SWITCHYARD_PROVIDER_URLS: JSON.stringify({ paystack: pspUrl }),
    },
  });
  const child = watched(running);
  closeSync(log);
  const stop = () => ended(child, 'SIGTERM');
  while (!(await isReady(url))) {
    if (child.exitCode !== null || performance.now() - startedMs > START_WITHIN_MS) {
      await stop();
      throw new Error(`the server did not start:\n${readFileSync(logFile, 'utf8').slice(-2_000)}`);
    }
    await sleep(POLL_MS);
  }
  return { url, pid: running.pid ?? 0, readyMs: performance.now() - startedMs, stop };
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    async (reply) => {
      await reply.arrayBuffer();
      return reply.ok;
    },
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
