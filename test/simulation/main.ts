// npm run sim -- --seed 42 [--payments 40] [--story [word]]    one world, and what happened in it
// npm run sim -- --seeds 1000 [--from 1] [--payments 20]       many worlds
// npm run sim -- --mutants [--seeds 60]                        each deliberate defect must be found within so many
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { breakGround, type Ground } from './ground.ts';
import { MUTANTS } from './mutants.ts';
import { type Report, runWorld } from './world.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    payments: { type: 'string', default: '20' },
    story: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    /** Only this one of them. */
    mutant: { type: 'string' },
    /** Ends at the first world that is wrong. */
    'until-wrong': { type: 'boolean', default: false },
  },
});

const payments = Number(values.payments);
process.exitCode = (values.mutants ? killMutants() : await simulate()) ? 0 : 1;

async function simulate(): Promise<boolean> {
  const ground = await breakGround();
  try {
    return !(values.seed === undefined ? await many(ground) : await one(ground, values.seed));
  } finally {
    await ground.close();
  }
}

/** Each in a process of its own, whose files are loaded with the defect. */
function killMutants(): boolean {
  let survived = 0;
  const chosen = MUTANTS.filter(
    ({ name }) => values.mutant === undefined || name === values.mutant,
  );
  for (const { name } of chosen) {
    const { status, stdout } = spawnSync(
      process.execPath,
      [
        `--import=${new URL('mutate.ts', import.meta.url)}`,
        import.meta.filename,
        '--until-wrong',
        `--seeds=${values.seeds ?? '60'}`,
        `--from=${values.from}`,
        `--payments=${values.payments}`,
      ],
      { env: { ...process.env, SWITCHYARD_MUTANT: name }, encoding: 'utf8', maxBuffer: 2 ** 28 },
    );
    const [, first] = /^ {2}WRONG (.*)$/m.exec(stdout) ?? [];
    const [, seed] = /^seed (\S+): /m.exec(stdout) ?? [];
    if (status === 1 && first)
      process.stdout.write(`found with seed ${seed}: ${name}\n  ${first}\n`);
    else {
      survived += 1;
      process.stdout.write(`SURVIVED: ${name} (exit ${status})\n`);
    }
  }
  process.stdout.write(`${chosen.length} defects, ${chosen.length - survived} found\n`);
  return chosen.length > 0 && survived === 0;
}

async function one(ground: Ground, seed: string): Promise<boolean> {
  const report = await runWorld(ground, seed, payments);
  tell(report, values.story);
  return report.wrong.length > 0;
}

async function many(ground: Ground): Promise<boolean> {
  const [from, count] = [Number(values.from), Number(values.seeds ?? 20)];
  const startedMs = performance.now();
  let [made, deaths, daysMs, events] = [0, 0, 0, 0];
  const failed: string[] = [];
  for (let seed = from; seed < from + count; seed += 1) {
    const report = await runWorld(ground, String(seed), payments);
    made += report.payments;
    deaths += report.deaths;
    daysMs += report.daysMs;
    events += report.events;
    if (report.wrong.length === 0) continue;
    failed.push(report.seed);
    tell(report, false);
    if (values['until-wrong']) break;
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  process.stdout.write(
    `${count} seeds, ${made} payments, ${events} events, ${deaths} deaths of processes, ${Math.round(daysMs / 86_400_000)} days ` +
      `in ${seconds.toFixed(1)} s (${(made / seconds).toFixed(0)} payments/s): ${failed.length === 0 ? 'all well' : `wrong with seeds ${failed.join(', ')}`}\n`,
  );
  return failed.length > 0;
}

function tell(
  { seed, wrong, digest, payments: count, deaths, events, story }: Report,
  all: boolean,
): void {
  const ids = [...new Set(wrong.flatMap((what) => what.match(/pay_\w+/g) ?? []))];
  const lines = all
    ? story()
    : wrong.length > 0
      ? story(['ghost', 'dies', 'faults stop', ...ids]).slice(0, 200)
      : [];
  for (const line of lines) process.stdout.write(`${line}\n`);
  process.stdout.write(
    `seed ${seed}: ${count} payments, ${events} events, ${deaths} deaths, ${digest.slice(0, 16)}\n`,
  );
  for (const what of wrong) process.stdout.write(`  WRONG ${what}\n`);
}
