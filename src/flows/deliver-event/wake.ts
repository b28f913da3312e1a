// Who is delivering in this process, so that it hears at once that there is more, and that the process ends. Only a
// matter of time: what is due is a row, and every process looks for itself.
import type { Context } from '../context.ts';
import { memory } from '../memory.ts';

export interface Serving {
  readonly environmentId: string;
  wake(): void;
  /** Begins nothing new. */
  end(): void;
  /** Settles when nothing is on its way any more. */
  readonly ended: Promise<unknown>;
}

interface Crew {
  readonly serving: Set<Serving>;
  stopping: boolean;
}

const crews = memory<Crew>(() => ({ serving: new Set(), stopping: false }));

export function crewOf(context: Context): Crew {
  return crews(context.db);
}

/** Something became due for endpoints of an environment. */
export function wakeDeliveries(context: Context, environmentId: string): void {
  for (const one of crewOf(context).serving) if (one.environmentId === environmentId) one.wake();
  context.wake('deliveries');
}

export function resumeDeliveries(context: Context): void {
  crewOf(context).stopping = false;
}

/** Begins no more deliveries, and waits for those on their way: also to slow endpoints, which no slot waits for. */
export async function endDeliveries(context: Context): Promise<void> {
  const crew = crewOf(context);
  crew.stopping = true;
  for (const one of crew.serving) one.end();
  await Promise.all([...crew.serving].map((one) => one.ended));
}
