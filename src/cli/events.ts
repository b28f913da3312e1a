// `switchyard events replay`: sends events to an endpoint again. It only makes them due; a running server sends them.
import { Command } from 'commander';
import { readConfig } from '../config.ts';
import { replayEndpoint } from '../flows/deliver-event/replay.ts';
import { CommandError } from './fault.ts';
import { noteCommand } from './note-command.ts';
import { withContext } from './with-context.ts';

interface Options {
  readonly environment: string;
  readonly endpoint: string;
  readonly from: string;
  readonly to?: string;
  readonly failedOnly: boolean;
}

export function eventsCommand(): Command {
  const events = new Command('events').description('what merchants were told');
  events
    .command('replay')
    .description('send the events of a time range to an endpoint again')
    .requiredOption('--environment <id>', 'env_…')
    .requiredOption('--endpoint <id>', 'wh_…')
    .requiredOption('--from <time>', 'RFC 3339')
    .option('--to <time>', 'RFC 3339; now unless told')
    .option(
      '--failed-only',
      'only what was given up, and what it missed while it was disabled',
      false,
    )
    .action(replay);
  return events;
}

async function replay({ environment, endpoint, from, to, failedOnly }: Options): Promise<void> {
  const { replayed, complete } = await withContext(readConfig(process.env), async (context) => {
    const toMs = to === undefined ? context.ports.clock.nowMs() : timeOf(to);
    const range = { fromMs: timeOf(from), toMs, failedOnly };
    const subject = { type: 'endpoint', id: endpoint } as const;
    const metadata = { environment, from, to: new Date(toMs).toISOString(), failedOnly };
    await noteCommand(context, { subject, action: 'replayed', metadata });
    return replayEndpoint(context, environment, endpoint, range);
  });
  process.stdout.write(
    `${replayed} events are due again${complete ? '' : '; there are more: run it again from later on'}.\n`,
  );
}

function timeOf(text: string): number {
  const epochMs = Date.parse(text);
  if (Number.isNaN(epochMs)) throw new CommandError(`${text} is no time: 2026-01-31T10:00:00Z.`);
  return epochMs;
}
