// Loaded into the server before its own code (`node --import`): this machine's clock as somebody sets it who writes its
// error in milliseconds into a file. What measures spans is not touched: no clock of a machine touches it.
import { readFileSync } from 'node:fs';

const file = process.env.CRASH_TEST_CLOCK ?? '';
const LOOK_MS = 50;
const trueNow = Date.now;
let errorMs = 0;

const look = () => {
  try {
    errorMs = Number(readFileSync(file, 'utf8'));
  } catch {
    errorMs = 0;
  }
};

if (file !== '') {
  look();
  setInterval(look, LOOK_MS).unref();
  const TrueDate = Date;
  const stepped = new Proxy(TrueDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [trueNow() + errorMs] : args, newTarget),
    apply: (target) => new target(trueNow() + errorMs).toString(),
  });
  stepped.now = () => trueNow() + errorMs;
  globalThis.Date = stepped;
}
