// The admin API of a running server, for commands that work on it from outside.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../fault.ts';

export interface ServerOptions {
  readonly server: string;
  readonly token?: string;
}

export type AdminApi = <T>(method: 'GET' | 'POST', path: string, body?: unknown) => Promise<T>;

export function adminApi({ server, token = knownToken() }: ServerOptions): AdminApi {
  const base = server.replace(/\/+$/, '');
  return async (method, path, body) => {
    const reply = await fetch(`${base}/admin/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: Error) => {
      throw new CommandError(`No server answers at ${base}: ${error.cause ?? error.message}.`);
    });
    const text = await reply.text();
    if (!reply.ok) throw new CommandError(refusalOf(reply.status, text));
    return JSON.parse(text) as never;
  };
}

/** As servers on this machine keep it. */
function knownToken(): string {
  const { SWITCHYARD_ADMIN_TOKEN: token, SWITCHYARD_DATA_DIR: dir = './data' } = process.env;
  if (token) return token;
  try {
    return readFileSync(join(dir, 'admin-token'), 'utf8').trim();
  } catch {
    throw new CommandError(
      `No admin token: give --token, set SWITCHYARD_ADMIN_TOKEN, or run this where ${dir}/admin-token is.`,
    );
  }
}

interface Refusal {
  readonly message?: string;
  readonly error?: { readonly message?: string; readonly details?: unknown };
  readonly details?: { readonly problems?: readonly string[] };
}

function refusalOf(status: number, text: string): string {
  try {
    const { message, error, details } = JSON.parse(text) as Refusal;
    const problems = details?.problems?.map((one) => `\n  ${one}`).join('') ?? '';
    return `The server refuses (${status}): ${message ?? error?.message ?? text}${problems}`;
  } catch {
    return `The server answers ${status}: ${text.slice(0, 200)}`;
  }
}
