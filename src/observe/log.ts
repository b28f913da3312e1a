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
  return write ? pino(options, { write }) : pino(options);
}
