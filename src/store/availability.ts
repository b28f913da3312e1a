// Whether an error says that Postgres cannot be reached or is too busy: a repeat may succeed.
import { isBroken, isDiskFull, sqlState } from './db.ts';
import { TooManyWaiting } from './together.ts';

/** Connection exceptions, insufficient resources, operator intervention, serialization failures. */
const STATES = /^(08|53|57|40001|40P01|55P03)/;
const CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
]);
/** What the pool says when it has no connection in time. */
const NO_CONNECTION = 'timeout exceeded when trying to connect';

export function isUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== null) return STATES.test(state) || isDiskFull(error);
  if (error instanceof TooManyWaiting) return true;
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code !== undefined && CODES.has(code)) return syscall !== 'open';
  return isBroken(error) || error.message === NO_CONNECTION;
}
