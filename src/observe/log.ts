// The process's log: JSON lines on standard output. Bodies and headers are never given to it; should a secret's name
// turn up in what is logged all the same, its value is replaced.
import { type Logger, pino } from 'pino';

const SECRET_NAMES = [
  'authorization',
  'cookie',
  'credentials',
  'client_secret',
  'clientSecret',
  'secret',
  'password',
  'token',
  'key',
  'api_key',
  'apiKey',
  'x-reevit-key',
  'x-secret-token',
  'body',
];

export interface LogOptions {
  readonly level: string;
  /** Standard output when absent. */
  readonly write?: (line: string) => void;
}

/** A system call for each line costs as much as a small request: lines go out together, a tenth of a second late. */
const TOGETHER = { minLength: 8_192, periodicFlush: 100, sync: true };

export function createLog({ level, write }: LogOptions): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: SECRET_NAMES.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
      censor: '[redacted]',
    },
  };
  if (write) return pino(options, { write });
  if (level === 'silent') return pino(options);
  const out = pino.destination(TOGETHER);
  process.once('exit', () => out.flushSync());
  return pino(options, out);
}
