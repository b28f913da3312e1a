// Errors that a person can do something about, as one sentence. Everything else is a bug and is shown whole.
import pg from 'pg';
import { ConfigError } from '../config.ts';
import { Problem } from '../kernel/problem.ts';
import { EmbeddedPostgresError } from '../store/embedded/errors.ts';
import { VaultError } from '../vault/vault-error.ts';

/** A command cannot do what was asked; the message is for the person who asked. */
export class CommandError extends Error {}

const OWN = [CommandError, ConfigError, EmbeddedPostgresError, VaultError, Problem];

/** Null: not one of those. */
export function sentenceOf(error: unknown): string | null {
  if (OWN.some((kind) => error instanceof kind)) return (error as Error).message;
  if (error instanceof pg.DatabaseError) return databaseSentence(error);
  if (error instanceof AggregateError && error.errors.length > 0)
    return sentenceOf(error.errors[0]);
  return error instanceof Error ? systemSentence(error) : null;
}

function databaseSentence({ code, message }: pg.DatabaseError): string | null {
  if (code?.startsWith('28')) return `The database refuses the user of DATABASE_URL: ${message}.`;
  if (code === '3D000') return `The database of DATABASE_URL does not exist: ${message}.`;
  if (code === '42501') return `The user of DATABASE_URL may not do that: ${message}.`;
  if (code === '57P03') return 'The database is starting or stopping: try again in a moment.';
  return null;
}

function systemSentence(error: NodeJS.ErrnoException & { port?: number; address?: string }) {
  const { code, syscall, port, address } = error;
  const where = `${address ?? ''}${port === undefined ? '' : ` port ${port}`}`.trim();
  if (syscall === 'listen') {
    if (code === 'EADDRINUSE')
      return `${where} is in use by another program: stop it, or set PORT to another port.`;
    if (code === 'EACCES')
      return `${where} may not be used by this user: set PORT to 1024 or above.`;
    if (code === 'EADDRNOTAVAIL') return `${where} is no address of this machine: set HOST.`;
  }
  if (syscall === 'getaddrinfo') return `A name cannot be looked up: ${error.message}.`;
  if (syscall === 'connect') return `The database cannot be reached at ${where}: ${code}.`;
  if (syscall !== undefined && (code === 'EACCES' || code === 'EPERM' || code === 'EROFS'))
    return `A file cannot be used: ${error.message}.`;
  return null;
}
