// How much of a payment server's life the simulation lives through in a second (docs/reliability.md): whole worlds, side
// by side. Nearly all of it is statements, one at a time as determinism wants it: so many a connection does is the control.
import { availableParallelism } from 'node:os';
import { breakGround } from '../test/simulation/ground.ts';
import { runSideBySide } from '../test/simulation/side-by-side.ts';
import { type Finding, finding } from './report.ts';

const PAYMENTS = 20;
const STATEMENT = { name: 'bench_simulation', text: 'SELECT 1' };

export async function benchSimulation(quick: boolean): Promise<Finding[]> {
  const control = { name: 'statements of one connection', value: await statements(), unit: '/s' };
  return [
    finding(
      {
        part: 'simulation',
        what: 'simulated payments',
        value: await payments(quick ? 6 : 40),
        unit: '/s',
        control,
      },
      { of: 'measured', atLeast: 500 },
    ),
  ];
}

/** Counted from the end of the first world: until then databases are made and modules loaded. */
async function payments(worlds: number): Promise<number> {
  const tasks = Array.from({ length: worlds }, (_, index) => ({
    seed: `bench ${index}`,
    payments: PAYMENTS,
  }));
  let startedMs: number | null = null;
  let made = 0;
  await runSideBySide(tasks, availableParallelism(), ({ seed, wrong, payments }) => {
    if (wrong.length > 0) throw new Error(`the world of seed ${seed} is wrong: ${wrong[0]}`);
    if (startedMs === null) startedMs = performance.now();
    else made += payments;
    return true;
  });
  return made / ((performance.now() - (startedMs ?? 0)) / 1_000);
}

async function statements(): Promise<number> {
  const ground = await breakGround();
  try {
    const startedMs = performance.now();
    let done = 0;
    while (performance.now() - startedMs < 1_000) {
      await ground.db.run(STATEMENT, []);
      done += 1;
    }
    return done / ((performance.now() - startedMs) / 1_000);
  } finally {
    await ground.close();
  }
}
