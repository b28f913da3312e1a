// `switchyard demo`: the main job, end to end, through HTTP only, told as it happens.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { readConfig } from '../config.ts';
import { type RunningServer, startServer } from '../main.ts';
import { Client } from './demo/client.ts';
import { DemoFailure } from './demo/expect.ts';
import { playLocal } from './demo/local.ts';
import { type Country, cards, countries } from './demo/market.ts';
import { play } from './demo/play.ts';
import { CommandError } from './fault.ts';
import { onSignal } from './signals.ts';

interface Options {
  readonly exit?: boolean;
  /** Left out: cards. */
  readonly country?: Country;
  readonly url?: string;
  readonly key?: string;
}

/** A server to talk to, and how to leave it. */
interface Place {
  readonly client: Client;
  readonly leave: () => Promise<void>;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('see a payment fall back, redirect, succeed and be refunded, on simulated PSPs')
    .option('--exit', 'end when it is done: status 0 only if everything happened')
    .option(
      '--country <code>',
      `see how people pay there instead: ${Object.keys(countries)}`,
      countryOf,
    )
    .option('--url <url>', 'use a server that runs, instead of one of its own')
    .option('--key <key>', 'sandbox Reevit key of that server (or SWITCHYARD_DEMO_KEY)')
    .addHelpText(
      'after',
      `
It starts a server on a free port with a temporary data directory, and removes both afterwards. Without
--exit the server stays up, so that you can look around in it.`,
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const write = (text: string) => process.stdout.write(`${text}\n`);
  const interrupted = new Promise<null>((resolve) => onSignal(() => resolve(null)));
  const place = options.url === undefined ? await ownServer(write) : runningServer(options);
  try {
    const { country } = options;
    const playing = country
      ? playLocal(place.client, country, write)
      : play(place.client, cards, write);
    const closing = await Promise.race([playing, interrupted]);
    if (closing === null || options.exit || options.url !== undefined) return;
    write(closing);
    await interrupted;
  } catch (error) {
    if (!(error instanceof DemoFailure)) throw error;
    write(`\nNot as it should be: ${error.message}`);
    process.exitCode = 1;
  } finally {
    await place.leave();
  }
}

async function ownServer(write: (text: string) => void): Promise<Place> {
  write('Starting a server with a database of its own …');
  const dataDir = await mkdtemp(join(tmpdir(), 'switchyard-demo-'));
  const adminToken = randomBytes(24).toString('hex');
  let server: RunningServer | null = null;
  const leave = async () => {
    await server?.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    server = await startServer(
      readConfig({
        PORT: '0',
        SWITCHYARD_DATA_DIR: dataDir,
        SWITCHYARD_ADMIN_TOKEN: adminToken,
        SWITCHYARD_LOG_LEVEL: 'error',
      }),
    );
    return { client: await Client.withNewOrganization(server.url, adminToken), leave };
  } catch (error) {
    await leave();
    throw error;
  }
}

function runningServer({ url = '', key = process.env.SWITCHYARD_DEMO_KEY }: Options): Place {
  if (!URL.canParse(url)) throw new CommandError('--url must be the URL of a server.');
  if (key === undefined || !key.startsWith('pfk_test_'))
    throw new CommandError('--url needs --key, a sandbox Reevit key (pfk_test_…) of that server.');
  return { client: new Client(url.replace(/\/+$/, ''), key), leave: async () => {} };
}

function countryOf(text: string): Country {
  const country = Object.hasOwn(countries, text.toUpperCase()) && countries[text.toUpperCase()];
  if (country) return country;
  throw new InvalidArgumentError(`It is one of ${Object.keys(countries)}.`);
}
