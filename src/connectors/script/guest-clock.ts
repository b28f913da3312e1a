// Inside a slot's thread: two kinds of time. Scripts see the one the host tells, which stands still while they compute
// and is the same in a replay; the thread's processor time is only ever compared with a budget.

let nowMs = 0;
let wasRead = false;

/** From here on nothing in this thread, the engine's `Date` included, knows another time or place. */
export function takeClockAway(): void {
  Object.defineProperty(Date, 'now', {
    value: () => {
      wasRead = true;
      return nowMs;
    },
  });
  Reflect.defineProperty(Date.prototype, 'getTimezoneOffset', { value: () => 0 });
}

export function setClock(toMs: number): void {
  nowMs = toMs;
  wasRead = false;
}

export function clockWasRead(): boolean {
  return wasRead;
}

/** Milliseconds of an arbitrary beginning. */
export function elapsedMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}

/** Of this thread alone, so that a busy machine does not spend a script's budget. */
export function processorMs(): number {
  // Absent before Node 22.19 and 24: then all time counts.
  if (typeof process.threadCpuUsage !== 'function') return elapsedMs();
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
