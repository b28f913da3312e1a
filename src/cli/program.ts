// What the `switchyard` command does. Each file beside this one is a subcommand; this one only lists them and turns what
// went wrong into one sentence and an exit status.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { auditCommand } from './audit.ts';
import { connectorCommand } from './connector.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { eventsCommand } from './events.ts';
import { sentenceOf } from './fault.ts';
import { keysCommand } from './keys.ts';
import { migrateCommand } from './migrate.ts';
import { simulatorsCommand } from './simulators.ts';
import { startCommand } from './start.ts';

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

const program = new Command('switchyard')
  .description('Open, self-hosted payment orchestrator: your PSP accounts, one server.')
  .version(version)
  .showHelpAfterError('(add --help for help)')
  .addHelpText(
    'after',
    `
Settings come from the environment; docs/operate/settings.md lists them.

Examples:
  switchyard start                            run the server, with a database of its own
  switchyard demo                             see a payment fall back, redirect, and be refunded
  switchyard keys create --organization Acme  keys for a merchant
  switchyard doctor                           what is wrong with this installation?`,
  );

for (const command of [
  startCommand(),
  demoCommand(),
  migrateCommand(),
  keysCommand(),
  doctorCommand(),
  auditCommand(),
  eventsCommand(),
  simulatorsCommand(),
  connectorCommand(),
])
  program.addCommand(command);

try {
  await program.parseAsync();
} catch (error) {
  const sentence = sentenceOf(error);
  if (sentence === null) throw error;
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}
