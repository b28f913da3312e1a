// `switchyard connector test`: the folder's cases, one after the other, in the sandbox that the server uses.
import { resolve } from 'node:path';
import type { ScriptPool, ScriptStep } from '../../connectors/script/contract.ts';
import { openScriptPool } from '../../connectors/script/pool.ts';
import type { RehearsalParts } from '../../connectors/script/rehearsal.ts';
import { Transport } from '../../connectors/transport.ts';
import { systemPorts } from '../../kernel/ports.ts';
import { CommandError } from '../fault.ts';
import { type Folder, readFolder } from './folder.ts';
import { playCase } from './play.ts';
import { startPsp } from './psp.ts';
import { reportOf } from './report.ts';

export async function testConnector(dir = '.'): Promise<void> {
  const folder = readFolder(resolve(dir));
  const failed = await testFolder(folder);
  if (failed > 0) throw new CommandError(`${failed} of ${folder.cases.size} cases failed.`);
}

/** How many cases failed; prints what happened. */
export async function testFolder(folder: Folder): Promise<number> {
  const pool = openScriptPool(systemPorts, { slots: 1 });
  const transport = new Transport();
  try {
    const sources = await checkedSources(pool, folder);
    let failed = 0;
    for (const one of folder.cases.values()) {
      const psp = await startPsp(); // each case has books of its own
      const stage = { folder, sources, pool, transport, psp };
      const steps = await playCase(stage, one).finally(() => psp.close());
      process.stdout.write(`${reportOf(one, steps)}\n`);
      if (steps.some(({ problems }) => problems.length > 0)) failed += 1;
    }
    if (folder.cases.size === 0)
      process.stdout.write('There are no cases in tests/: only the scripts were checked.\n');
    return failed;
  } finally {
    await transport.close();
    await pool.close();
  }
}

async function checkedSources(
  pool: ScriptPool,
  { connector, scripts }: Folder,
): Promise<RehearsalParts['sources']> {
  const checked = await Promise.all(
    Object.entries(scripts).map(async ([file, text]) => {
      const language = file.endsWith('.ts') ? ('typescript' as const) : ('javascript' as const);
      const check = await pool.check({ text, language, steps: stepsOf(connector, file) });
      if (check.ok) {
        tellOfHosts(file, check.hosts, connector.egress);
        return [file, { source: check.source, sha256: check.sha256 }] as const;
      }
      throw new CommandError(
        `${file} is refused:\n${check.problems.map((one) => `  ${one}`).join('\n')}`,
      );
    }),
  );
  return Object.fromEntries(checked);
}

/** All steps that some action runs of this file. */
function stepsOf({ actions }: Folder['connector'], file: string): ScriptStep[] {
  const own = Object.values(actions).filter(({ script }) => script === file);
  return [...new Set(own.flatMap(({ steps }) => steps))];
}

/** A host that the text names and connector.json does not allow: its requests will never leave. */
function tellOfHosts(file: string, hosts: readonly string[], egress: readonly string[]): void {
  const allowed = egress.map((one) => one.split(/[:/]/, 1)[0]!.toLowerCase());
  for (const host of hosts.filter((one) => !allowed.includes(one)))
    process.stdout.write(`warning: ${file} names ${host}, which is not in egress.\n`);
}
