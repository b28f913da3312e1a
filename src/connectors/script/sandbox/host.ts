// Inside the sandbox: the one way out. It is handed in before any script runs and no script can reach it; everything
// crosses as JSON text. The files of this folder are read as text and run in QuickJS: a script that spoils their
// surroundings spoils its own run and nothing else, for the host believes nothing that comes from here.
export type HostCall = (operation: string, args: string) => string;

const { parse, stringify } = JSON;
const fromCharCode = String.fromCharCode;

let hostCall: HostCall = () => '';

export function connect(call: HostCall): void {
  hostCall = call;
}

/** Answers begin with `=` and JSON text, or with `!` and the reason of a TypeError. */
export function ask<T>(operation: string, ...args: readonly unknown[]): T {
  const answer = hostCall(operation, stringify(args));
  if (answer[0] === '!') throw new TypeError(answer.slice(1));
  return (answer.length > 1 ? parse(answer.slice(1)) : undefined) as T;
}

/** Text as it is; bytes as `{bytes}`, a character for each. */
export function portable(data: unknown, what: string): string | { bytes: string } {
  return typeof data === 'string' ? data : { bytes: binary(bytesOf(data, what)) };
}

export function bytesOf(data: unknown, what: string): Uint8Array {
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw new TypeError(`${what} must be a string or bytes`);
}

export function binary(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4096) {
    text += fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}

export function fromBinary(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

export function deepFreeze<T>(value: T): T {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return value;
  if (Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
