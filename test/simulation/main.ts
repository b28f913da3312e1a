// npm run sim -- --seed 42 [--payments 40] [--story]           one world, and what happened in it
// npm run sim -- --seeds 1000 [--from 1] [--payments 20]       many worlds, side by side
// npm run sim -- --mutants [--seeds 150]                       each deliberate defect must be found within so many
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { text } from 'node:stream/consumers';
import { Command, InvalidArgumentError } from 'commander';
import { Dice } from './dice.ts';
import { breakGround } from './ground.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { type Account, accountOf, runSideBySide } from './side-by-side.ts';
import { runWorld } from './world.ts';

interface Options {
  readonly seed?: string;
  readonly seeds?: number;
  readonly from: number;
  readonly payments?: number;
  readonly story?: true;
  readonly mutants?: true;
  readonly mutant?: readonly string[];
  readonly untilWrong?: true;
  readonly processes: number;
}

const values = new Command('npm run sim --')
  .description(
    'Runs worlds of payments in virtual time. The same seed is the same world, byte for byte.',
  )
  .option('--seed <text>', 'one world')
  .option('--seeds <count>', 'as many worlds; with --mutants for each of them', whole)
  .option('--from <number>', 'the seed of the first of them', whole, 1)
  .option('--payments <count>', 'in each world; the seed says, when it is left out', whole)
  .option('--story', 'tells what happened in the one world')
  .option('--mutants', 'each deliberate defect must be found')
  .option('--mutant <name...>', 'only these of them')
  .option('--until-wrong', 'ends at the first world that is wrong')
  .option('--processes <count>', 'at once', whole, availableParallelism())
  .parse()
  .opts<Options>();

function whole(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A whole number above 0 is needed.');
}

const { processes } = values;
const well = values.mutants
  ? await killMutants()
  : values.seed === undefined
    ? await many()
    : await one(values.seed);
process.exitCode = well ? 0 : 1;

function paymentsOf(seed: string): number {
  if (values.payments !== undefined) return values.payments;
  return new Dice(`size of ${seed}`).pick([4, 8, 8, 12, 20]);
}

async function one(seed: string): Promise<boolean> {
  const ground = await breakGround();
  try {
    const report = await runWorld(ground, seed, paymentsOf(seed));
    const account = accountOf(report);
    tell(values.story ? { ...account, story: report.story() } : account);
    return report.wrong.length === 0;
  } finally {
    await ground.close();
  }
}

async function many(): Promise<boolean> {
  const { from, seeds: count = 20 } = values;
  const tasks = Array.from({ length: count }, (_, index) => {
    const seed = String(from + index);
    return { seed, payments: paymentsOf(seed) };
  });
  const startedMs = performance.now();
  let [worlds, payments, deaths, daysMs, events] = [0, 0, 0, 0, 0];
  const failed: string[] = [];
  await runSideBySide(tasks, processes, (account) => {
    worlds += 1;
    payments += account.payments;
    deaths += account.deaths;
    daysMs += account.daysMs;
    events += account.events;
    tell(account);
    if (account.wrong.length > 0) failed.push(account.seed);
    return failed.length === 0 || !values.untilWrong;
  });
  const seconds = (performance.now() - startedMs) / 1_000;
  process.stdout.write(
    `${worlds} seeds, ${payments} payments, ${events} events, ${deaths} deaths of processes, ` +
      `${Math.round(daysMs / 86_400_000)} days in ${seconds.toFixed(1)} s ` +
      `(${(payments / seconds).toFixed(0)} payments/s): ` +
      `${failed.length === 0 ? 'all well' : `wrong with seeds ${failed.join(', ')}`}\n`,
  );
  return failed.length === 0;
}

function tell({ seed, wrong, digest, payments, deaths, events, story }: Account): void {
  for (const line of story) process.stdout.write(`${line}\n`);
  process.stdout.write(
    `seed ${seed}: ${payments} payments, ${events} events, ${deaths} deaths, ${digest.slice(0, 16)}\n`,
  );
  for (const what of wrong) process.stdout.write(`  WRONG ${what}\n`);
}

async function killMutants(): Promise<boolean> {
  const left = MUTANTS.filter(({ name }) => values.mutant?.includes(name) ?? true);
  const [count, survivors] = [left.length, [] as string[]];
  const hunt = async () => {
    for (let mutant = left.shift(); mutant; mutant = left.shift()) {
      const found = await isFound(mutant);
      process.stdout.write(found ?? `SURVIVED: ${mutant.name}\n`);
      if (found === null) survivors.push(mutant.name);
    }
  };
  await Promise.all(Array.from({ length: processes }, hunt));
  process.stdout.write(`${count} defects, ${count - survivors.length} found\n`);
  return count > 0 && survivors.length === 0;
}

/** In a process of its own, whose files are loaded with the defect. Null: no world was wrong. */
async function isFound({ name }: Mutant): Promise<string | null> {
  const child = spawn(
    process.execPath,
    [
      `--import=${new URL('mutate.ts', import.meta.url)}`,
      import.meta.filename,
      '--until-wrong',
      '--processes=1',
      `--seeds=${values.seeds ?? 150}`,
      `--from=${values.from}`,
      ...(values.payments === undefined ? [] : [`--payments=${values.payments}`]),
    ],
    { env: { ...process.env, SWITCHYARD_MUTANT: name }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const told = await text(child.stdout);
  const [, seed] = /^seed (\S+): .*\n {2}WRONG /m.exec(told) ?? [];
  const [, first] = /^ {2}WRONG (.*)$/m.exec(told) ?? [];
  return first === undefined ? null : `found with seed ${seed}: ${name}\n  ${first}\n`;
}
