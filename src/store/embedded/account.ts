// Postgres refuses to run as root. When the server is root, this picks the unprivileged user that
// runs it, and runs programs as that user. Never passes the server's environment on: it holds keys.
import { execFile, execFileSync } from 'node:child_process';
import { EmbeddedPostgresError } from './errors.ts';

/** Whom Postgres runs as; `undefined`: the user who runs the server. */
export type Account = { readonly name: string; readonly uid: number; readonly gid: number };

export const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
};

/** An existing cluster keeps the user it was made by, whoever that is, unless that is root. */
export function chooseAccount(owner?: { uid: number; gid: number }): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (owner !== undefined && owner.uid !== 0) {
    return { name: `uid ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  }
  const account = find('postgres') ?? find('nobody');
  if (account !== undefined) return account;
  throw new EmbeddedPostgresError(
    'Postgres does not run as root, and this system has neither a user postgres nor a user nobody. ' +
      'Run Switchyard as an ordinary user, or set DATABASE_URL.',
  );
}

function find(name: string): Account | undefined {
  const id = (flag: string) =>
    Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
  try {
    const account = { name, uid: id('-u'), gid: id('-g') };
    return account.uid > 0 && Number.isInteger(account.gid) ? account : undefined;
  } catch {
    return undefined;
  }
}

/** Runs a short program as the account; resolves with what it complained about, or `undefined`. */
export function complaintOf(
  account: Account | undefined,
  cwd: string,
  file: string,
  args: readonly string[],
): Promise<string | undefined> {
  const identity = account === undefined ? {} : { uid: account.uid, gid: account.gid };
  return new Promise((resolve) => {
    execFile(file, args, { ...identity, cwd, env: environment, timeout: 30_000 }, (error, _, err) =>
      resolve(error === null ? undefined : err.trim() || error.message),
    );
  });
}
