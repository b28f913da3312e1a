// Inside the sandbox: calls that the host answers later. Each is a promise here and a number outside.
import { ask } from './host.ts';

const waiting = new Map<number, (answer: string) => void>();
const { parse } = JSON;

export function pending<Answer, Value>(
  name: string,
  args: unknown,
  read: (answer: Answer) => Value,
  tooMany: Answer,
): Promise<Value> {
  return new Promise<Value>((resolve) => {
    const id = ask<number>('call', name, args);
    if (id < 0) resolve(read(tooMany));
    else waiting.set(id, (answer) => resolve(read(parse(answer))));
  });
}

/** Called by the slot with what the host answered. */
export function deliver(id: number, answer: string): void {
  const resolve = waiting.get(id);
  waiting.delete(id);
  resolve?.(answer);
}
