// Delayed work as a port: the system's timers, or a test's own. Nothing in simulators/ calls setTimeout elsewhere.

export interface Timers {
  /** Runs once after `ms`; the returned function cancels. */
  after(ms: number, run: () => void): () => void;
}

export const systemTimers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    timer.unref(); // a simulator's plans never keep the process alive
    return () => clearTimeout(timer);
  },
};

export function wait(timers: Timers, ms: number): Promise<void> {
  return new Promise((resolve) => {
    timers.after(ms, resolve);
  });
}
