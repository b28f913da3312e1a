// `npm run bench`: measures what Switchyard promises about speed, each number beside a control of the same run, and
// prints a table. Bounded in time and on this machine only; leaves nothing behind.
import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { benchConnectors } from './connectors.ts';
import { benchCreates } from './creates.ts';
import { benchEvents } from './events.ts';
import { benchFormance } from './formance.ts';
import { benchInbound } from './inbound.ts';
import { benchLatency } from './latency.ts';
import { cleanUpWhenInterrupted, unlessInterrupted } from './leftovers.ts';
import { benchLists } from './lists.ts';
import { thisMachine } from './machine.ts';
import { type Finding, record, tableOf } from './report.ts';
import { benchRouting } from './routing.ts';
import { benchScripts } from './scripts.ts';
import { benchSimulation } from './simulation.ts';
import { openStand, type Stand } from './stand.ts';
import { benchStartup } from './startup.ts';

const PARTS = [
  'routing',
  'connectors',
  'scripts',
  'startup',
  'creates',
  'latency',
  'events',
  'inbound',
  'lists',
  'formance',
  'simulation',
] as const;
type Part = (typeof PARTS)[number];

interface Options {
  readonly only?: readonly Part[];
  readonly quick: boolean;
  readonly json?: string;
  readonly record: boolean;
  readonly profile?: string;
}

const command = new Command('npm run bench --')
  .description(
    'Measures creates, latency, events, webhooks, routing, connectors, lists, start-up and the simulation, each beside a control.',
  )
  .addOption(new Option('--only <part...>', 'only these parts').choices(PARTS))
  .option('--quick', 'few numbers in a short time', false)
  .option('--json <file>', 'also write what was found as JSON')
  .option('--record', 'also write bench/RESULTS.md', false)
  .option('--profile <dir>', "also write a profile of the server's processor time");

async function main(): Promise<void> {
  const { only, quick, json, profile, ...options } = command.parse().opts<Options>();
  const machine = thisMachine();
  const findings: Finding[] = [];
  let stand: Stand | null = null;
  try {
    for (const part of PARTS) {
      if (only !== undefined && !only.includes(part)) continue;
      process.stderr.write(`${part} …\n`);
      if (part === 'routing') findings.push(...benchRouting(quick));
      else if (part === 'connectors') findings.push(...(await benchConnectors(quick)));
      else if (part === 'scripts') findings.push(...(await benchScripts(quick)));
      else if (part === 'startup') findings.push(...(await benchStartup(quick)));
      else if (part === 'simulation') findings.push(...(await benchSimulation(quick)));
      else {
        stand ??= await openStand(profile ?? null);
        findings.push(...(await onStand[part](stand, quick)));
      }
    }
  } finally {
    await stand?.close();
  }
  const report = { machine, quick, findings };
  process.stdout.write(`${tableOf(report)}\n`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
  if (options.record) process.stdout.write(`written: ${await record(report)}\n`);
}

const onStand = {
  creates: benchCreates,
  latency: benchLatency,
  events: benchEvents,
  inbound: benchInbound,
  lists: benchLists,
  formance: benchFormance,
};

cleanUpWhenInterrupted();
await unlessInterrupted(main());
