// `switchyard audit verify`: computes every chain of the audit log anew.
import { Command } from 'commander';
import { readConfig } from '../config.ts';
import { type ChainState, chainHashAt, verifyChains } from '../store/audit.ts';
import type { Executor } from '../store/db.ts';
import { CommandError } from './fault.ts';
import { table } from './table.ts';
import { withContext } from './with-context.ts';

export function auditCommand(): Command {
  const audit = new Command('audit').description('who did what, and proof that nobody changed it');
  audit
    .command('verify')
    .description('compute every chain anew; exit 1 when an entry was changed, removed or inserted')
    .option('--known <heads...>', 'heads of an earlier run that must still be in their chains')
    .addHelpText(
      'after',
      `
Each entry's hash covers the one before it. Who can write to the database could still compute a whole
new chain: keep the heads that this prints somewhere else, and give them back with --known.`,
    )
    .action(async ({ known = [] }: { known?: string[] }) => {
      const { chains, missing } = await withContext(readConfig(process.env), async ({ db }) => ({
        chains: await verifyChains(db),
        missing: await missingOf(db, known.map(parseHead)),
      }));
      process.stdout.write(`${reportOf(chains)}\n`);
      for (const head of missing) process.stdout.write(`not in its chain any more: ${head}\n`);
      process.exitCode = missing.length > 0 || chains.some(isBroken) ? 1 : 0;
    });
  return audit;
}

interface Head {
  readonly text: string;
  readonly environmentId: string;
  readonly position: bigint;
  readonly hash: string;
}

function parseHead(text: string): Head {
  const [, environmentId, position, hash] = /^([\w-]+):(\d{1,18}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (!environmentId || !position || !hash)
    throw new CommandError(`${text} is no head: environment:position:hash, as verify prints it.`);
  return { text, environmentId, position: BigInt(position), hash };
}

async function missingOf(db: Executor, heads: readonly Head[]): Promise<string[]> {
  const missing: string[] = [];
  for (const { text, environmentId, position, hash } of heads)
    if ((await chainHashAt(db, environmentId, position)) !== hash) missing.push(text);
  return missing;
}

function isBroken({ broken, whole }: ChainState): boolean {
  return broken !== null || !whole;
}

function reportOf(chains: readonly ChainState[]): string {
  if (chains.length === 0) return 'the audit log is empty';
  return table(
    ['environment', 'entries', 'state', 'head'],
    chains.map((chain) => [
      chain.environmentId,
      String(chain.entries),
      chain.broken !== null
        ? `CHANGED at ${chain.broken}`
        : chain.whole
          ? 'whole'
          : 'CUT OFF at the end',
      `${chain.environmentId}:${chain.position}:${chain.hash}`,
    ]),
  );
}
