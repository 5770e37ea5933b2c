// A PID namespace around a command, where this user can have one: the kernel ends all in it when the command ends or
// its first process is killed, also what shed its environment and its group. Found out by really trying, once per
// process; where it cannot be had (no Linux, an old unshare, a container or a security module that forbids it), there is none.
import { spawn } from 'node:child_process';

/** To be put before a command and its arguments; empty: it runs as it is. */
export type Isolation = readonly string[];

// Process 1 in there: takes in orphans while it waits, and passes on the exit status (a shell's: 128 + n for signals).
// The kernel keeps TERM from it as long as it does not ask for it; the command itself gets TERM with its group.
// Its own words ("Terminated") are no output of the command; without the parentheses they would be.
const first = 'exec 3>&2 2>/dev/null; (exec "$@" 2>&3 3>&-); exit $?';

// Mounts made outside stay visible inside, as they are without a namespace.
const words = ['--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'slave'];
/** Everybody but root needs a user namespace for it, in which only the user itself exists. */
const own = process.getuid?.() === 0 ? [] : ['--user', '--map-current-user'];
const isolation: Isolation = ['/usr/bin/unshare', ...own, ...words, '/bin/sh', '-c', first, 'yard-first'];

/** Only a machine that hangs takes so long; a busy one must not be taken for one that cannot. */
const tryMs = 15_000;
let tried: Promise<boolean> | null = null;

export async function isolationFor(wish: 'auto' | 'off'): Promise<Isolation> {
  if (wish === 'off' || process.platform !== 'linux') return [];
  return (await (tried ??= works())) ? isolation : [];
}

/** TERM to the whole group must reach the command alone, and its own answer must come out. Old versions of unshare die of it. */
function works(): Promise<boolean> {
  const [file = '', ...args] = isolation;
  return new Promise((resolve) => {
    const child = spawn(file, [...args, '/bin/sh', '-c', 'trap "exit 7" TERM; kill -TERM 0; exit 8'], {
      detached: true,
      stdio: 'ignore',
      env: {},
      timeout: tryMs,
      killSignal: 'SIGKILL',
    });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 7));
  });
}
