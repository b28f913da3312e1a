// Starts a native program so that it outlives a Ctrl-C but never its server. A `sh` stands between:
// the kernel closes its standard input when the server dies, however that happens, and then it
// shuts the program down. It must never outlive the program, nor leave it running unattended.
//
//   server killed        -> end of input: sh signals the program and waits for it
//   sh killed            -> the kernel signals the program (Linux, setpriv); so does the server
//   both killed          -> the kernel signals the program; without setpriv the next start does
//   program killed       -> its output ends: the server closes the input and sh ends
import { type ChildProcess, spawn } from 'node:child_process';
import { type Account, environment } from './account.ts';
import { EmbeddedPostgresError } from './errors.ts';

export interface Guarded {
  readonly pid: number;
  /** Exit status (128 + signal) once the program and everything it started are gone. */
  readonly gone: Promise<number>;
  isGone(): boolean;
  signal(name: NodeJS.Signals): void;
}

export interface GuardOptions {
  readonly account: Account | undefined;
  /** Entered before the identity changes, so the account need not be able to reach it by path. */
  readonly cwd: string;
  /** File descriptor for the program's messages: a file, so that they never depend on a reader. */
  readonly logFd: number;
}

// TERM ends a program that has no handlers yet and starts a smart shutdown of one that has;
// INT makes that shutdown a fast one.
const SCRIPT = `
exec 3<&0 </dev/null
if setpriv --pdeathsig INT true 2>/dev/null; then set -- setpriv --pdeathsig INT "$@"; fi
"$@" 3<&- &
child=$!
trap '' HUP INT TERM
echo "$child"
exec >&-
read -r _ <&3
kill -TERM "$child" 2>/dev/null
kill -INT "$child" 2>/dev/null
wait "$child"
`;

/** `detached` makes a session of its own: a signal to the server's group does not arrive there. */
export async function startGuarded(
  command: readonly string[],
  options: GuardOptions,
): Promise<Guarded> {
  const { account, cwd, logFd } = options;
  const sh = spawn('/bin/sh', ['-c', SCRIPT, 'sh', ...command], {
    ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
    cwd,
    env: environment,
    detached: true,
    stdio: ['pipe', 'pipe', logFd],
  });
  const gone = new Promise<number>((resolve) => {
    sh.once('close', (code, signal) => resolve(code ?? (signal === null ? 0 : 137)));
  });
  sh.stdin?.on('error', () => undefined);
  sh.stdout?.once('end', () => sh.stdin?.end());
  const pid = await programId(sh);
  let isGone = false;
  sh.once('close', () => {
    isGone = true;
  });
  const signal = (name: NodeJS.Signals) => {
    // Its number may be another process's by now.
    if (isGone) return;
    try {
      process.kill(pid, name);
    } catch {
      // It is gone already.
    }
  };
  sh.once('exit', () => {
    // Somebody still holds the output: the program lost its guard.
    if (sh.stdout?.readableEnded !== false) return;
    signal('SIGTERM');
    signal('SIGINT');
  });
  return { pid, gone, isGone: () => isGone, signal };
}

function programId(sh: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) =>
      reject(new EmbeddedPostgresError(`The bundled Postgres cannot be started: ${reason}.`));
    sh.once('error', (error) => fail(error.message));
    sh.once('close', () => fail('sh ended at once'));
    let text = '';
    const read = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const line = /^(\d+)\n/.exec(text);
      if (line === null) return;
      sh.stdout?.off('data', read);
      sh.stdout?.resume();
      resolve(Number(line[1]));
    };
    sh.stdout?.on('data', read);
  });
}
