// Processor time of a server and of its Postgres. On a machine that is shared it says what work costs, where a rate
// only says what was left over. Read from /proc: on other systems there is none.
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessorTime {
  readonly serverUs: number;
  /** Of the processes that the server started, and of theirs. */
  readonly databaseUs: number;
}

/** A tick is 10 ms on every Linux that Node runs on. */
const TICK_US = 10_000;

interface Stat {
  readonly parent: number;
  readonly ownUs: number;
  /** Of children that have ended. */
  readonly goneUs: number;
}

export function processorTimeOf(server: number): ProcessorTime {
  const stats = new Map<number, Stat>();
  for (const name of pids()) {
    const stat = statOf(name);
    if (stat) stats.set(Number(name), stat);
  }
  let databaseUs = stats.get(server)?.goneUs ?? 0;
  for (const [pid, { ownUs, goneUs }] of stats)
    if (pid !== server && descends(stats, pid, server)) databaseUs += ownUs + goneUs;
  return { serverUs: stats.get(server)?.ownUs ?? 0, databaseUs };
}

function pids(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Null: it has just ended. */
function statOf(pid: string): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): what follows the name in brackets begins with field 3.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const us = (field: number) => Number(fields[field - 3]) * TICK_US;
    return { parent: Number(fields[1]), ownUs: us(14) + us(15), goneUs: us(16) + us(17) };
  } catch {
    return null;
  }
}

function descends(stats: ReadonlyMap<number, Stat>, pid: number, from: number): boolean {
  for (let one = stats.get(pid); one !== undefined; one = stats.get(one.parent))
    if (one.parent === from) return true;
  return false;
}
