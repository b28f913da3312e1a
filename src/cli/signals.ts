// Ctrl-C and SIGTERM: the first ends the work in an orderly way, a second one ends the process at once. `npm start`
// passes on to its child what the child, being of the same group, got already: that echo is not a second signal.

const ECHO_MS = 500;

export function onSignal(end: (signal: NodeJS.Signals) => void): void {
  let firstAt: number | null = null;
  const receive = (signal: NodeJS.Signals) => {
    const now = performance.now();
    if (firstAt === null) {
      firstAt = now;
      end(signal);
    } else if (now - firstAt > ECHO_MS) {
      process.exit(1);
    }
  };
  process.on('SIGTERM', receive);
  process.on('SIGINT', receive);
}
