// `switchyard simulators`: the PSP simulators alone, for other software, or to share between several servers.
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { systemPorts } from '../kernel/ports.ts';
import { createLog } from '../observe/log.ts';
import { startSimulators } from '../simulators/server.ts';
import { onSignal } from './signals.ts';

interface Options {
  readonly port: number;
  readonly host: string;
  readonly dataDir?: string;
  readonly publicUrl?: string;
  readonly webhooks: string;
}

export function simulatorsCommand(): Command {
  return new Command('simulators')
    .description('run the PSP simulators alone')
    .option('--port <number>', 'port to listen on; 0 for any free one', portOf, 8090)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--data-dir <path>', 'keep the books there (default: in memory only)')
    .option('--public-url <url>', 'base of payment pages, when browsers come another way')
    .option(
      '--webhooks <url>',
      'base of the URL that webhooks are sent to; /<provider> is added',
      'http://127.0.0.1:8081/v1/webhooks/incoming',
    )
    .addHelpText(
      'after',
      `
A server uses them with
  SWITCHYARD_PROVIDER_URLS='{"paystack":"http://127.0.0.1:8090/simulators/paystack",
                             "stripe":"http://127.0.0.1:8090/simulators/stripe"}'
docs/connectors/README.md has the test cards, the faults and the control endpoints.`,
    )
    .action(run);
}

async function run({ port, host, dataDir, publicUrl, webhooks }: Options): Promise<void> {
  const base = webhooks.replace(/\/+$/, '');
  const server = await startSimulators({
    host,
    port,
    ...(publicUrl === undefined ? {} : { publicUrl }),
    webhookTarget: (provider) => `${base}/${provider}`,
    booksDir: dataDir === undefined ? null : join(resolve(dataDir), 'simulators'),
    ports: systemPorts,
    log: createLog({ level: 'warn' }),
  });
  const urls = server.simulators.providers.map((one) => `${server.url}/simulators/${one}`);
  process.stdout.write(`${urls.join('\n')}\n`);
  onSignal(() => void server.close().then(() => process.exit(0)));
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535 && text.trim() !== '') return port;
  throw new InvalidArgumentError('It is a number from 0 to 65535.');
}
