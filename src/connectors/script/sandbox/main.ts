// Inside the sandbox: how a run begins and ends. `load` takes the script's module, `start` calls its step, and
// whatever comes of it goes out once through `end`.
import type { ScriptStep, StepContext } from '../contract.ts';
import type { Handler } from '../sdk.ts';
import { provideGlobals } from './globals.ts';
import { connect, deepFreeze, type HostCall } from './host.ts';
import { deliver } from './pending.ts';
import { sdk } from './sdk.ts';

type Module = Readonly<Record<string, unknown>>;

const { parse, stringify } = JSON;
const { getPrototypeOf } = Object;
const asyncFunction = getPrototypeOf(async () => undefined);
const generatorFunction = getPrototypeOf(function* () {});
const asyncGeneratorFunction = getPrototypeOf(async function* () {});

let script: Module = {};
let hostCall: HostCall = () => '';

function end(kind: 'returned' | 'script_error' | 'bad_result' | 'module', text: string): void {
  hostCall('end', stringify([kind, text]));
}

function kindOf(value: unknown): string {
  if (typeof value !== 'function') return typeof value;
  const prototype: unknown = getPrototypeOf(value);
  if (prototype === asyncFunction) return 'async';
  if (prototype === generatorFunction || prototype === asyncGeneratorFunction) return 'generator';
  return 'function';
}

/** An error as text; asking it may run code of the script, which may throw again. */
function described(error: unknown): string {
  try {
    if (typeof error !== 'object' || error === null) return `threw ${String(error)}`;
    const { name, message, stack } = error as Partial<Error>;
    return `${String(name)}: ${String(message)}\n${String(stack ?? '')}`;
  } catch {
    return 'threw something that cannot be described';
  }
}

async function run(handler: Handler, ctx: StepContext): Promise<void> {
  let result: unknown;
  try {
    result = await handler(ctx, sdk);
  } catch (error) {
    end('script_error', described(error));
    return;
  }
  if (typeof result !== 'object' || result === null) {
    end('bad_result', 'Handler must return an object');
    return;
  }
  try {
    const text = stringify(result);
    if (typeof text === 'string') end('returned', text);
    else end('bad_result', 'Handler must return an object');
  } catch (error) {
    end('bad_result', `the result is not JSON: ${described(error)}`);
  }
}

export default function prelude(call: HostCall) {
  hostCall = call;
  connect(call);
  provideGlobals();
  return {
    load(module: Module): void {
      script = module;
    },
    /** For the check at upload: `name:kind` of every export. */
    exports: (): string =>
      stringify(Object.keys(script).map((name) => ({ name, kind: kindOf(script[name]) }))),
    start(step: ScriptStep, ctx: string): void {
      const handler = script[step];
      if (typeof handler !== 'function') {
        end('module', `Must export a function named '${step}'`);
      } else if (kindOf(handler) !== 'async') {
        end('module', 'The exported handler is not an async function');
      } else {
        void run(handler as Handler, deepFreeze(parse(ctx) as StepContext));
      }
    },
    deliver,
  };
}
