// What stands around a command, where this user can have it: a PID namespace (the kernel ends all in it when the command
// ends or its first process is killed, also what shed its environment and its group), and folders that are read-only for
// it. Both are wished for independently, and found out by really trying, once per process and set of folders. Where
// something cannot be had (no Linux, an old unshare, a container or a security module that forbids it), it is left out.
import { spawn } from 'node:child_process';
import { tableOf, withTable } from './mount-table.ts';
import { readOnlyMounts, type Mount } from './read-only-mounts.ts';
import type { Boundary } from '../../ports/place.ts';

export interface Isolation {
  /** To be put before a command and its arguments; empty: it runs as it is. */
  readonly prefix: readonly string[];
  /** What the prefix reads from file descriptor 3, see `withTable`; null: nothing. */
  readonly table: string | null;
  /** It has a PID namespace. */
  readonly pids: boolean;
  /** All the folders are read-only for it; also true when there is none. */
  readonly protects: boolean;
}

/** Absolute folders; what is missing is skipped. */
export interface Wish extends Pick<Boundary, 'protect' | 'writable'> {
  readonly pids: 'auto' | 'off';
}

const isRoot = process.getuid?.() === 0;
const unshare = '/usr/bin/unshare';
const pids = ['--pid', '--fork', '--kill-child', '--mount-proc'];
/** Mounts made outside stay visible inside, as they are without a namespace. */
const propagation = ['--propagation', 'slave'];
/** Everybody but root needs one around the others; only the user exists in it. `--keep-caps` is for `mount`. */
const userNamespace = ['--user', '--map-current-user'];
const userNamespaceThatMounts = [...userNamespace, '--keep-caps'];

/**
 * Nobody who has no more than these can change the mounts of the namespace, look into a process that could, or open files
 * past them. They are what container engines leave to root, less what makes devices; to others nothing is left anyway.
 */
const kept = 'chown,dac_override,fowner,fsetid,kill,setgid,setuid,setfcap,net_bind_service,net_raw,sys_chroot,audit_write';
const bounding = ['-all', ...kept.split(',').map((name) => `+${name}`)].join();
const dropping = `/usr/bin/setpriv --inh-caps=-all --ambient-caps=-all --bounding-set=${bounding} --`;

// Its first argument is a number of mounts, then come options and folder of each, then the command. They are made one after
// the other, and then those of the table: a mount costs 2.5 ms, nearly all of it the start of the program, so there is one
// program for all of them where it can be. The folder that the command is called in is looked up anew: the way up from where
// it was would lead around the mounts. 126 is what a command ends with that cannot be executed.
const mounts = `left=$1; shift
while [ "$left" -gt 0 ]; do
  case $1 in
    remount,*) PATH=/usr/bin:/bin mount -o "$1" "$2" ;;
    *) PATH=/usr/bin:/bin mount -o "$1" "$2" "$2" ;;
  esac || exit 126
  shift 2; left=$((left - 1))
done
if [ -s /proc/self/fd/3 ]; then PATH=/usr/bin:/bin mount -a -T /proc/self/fd/3 || exit 126; fi
exec 3<&-
cd "$PWD" || exit 126
unset OLDPWD
`;

// Process 1 in a PID namespace: takes in orphans while it waits, and passes on the exit status (a shell's: 128 + n for
// signals). The kernel keeps TERM from it as long as it does not ask for it; the command itself gets TERM with its group.
// Its own words ("Terminated") are no output of the command; without the parentheses they would be.
const first = (by: string): string => `exec 3>&2 2>/dev/null; (exec ${by} "$@" 2>&3 3>&-); exit $?`;
const shell = (script: string): readonly string[] => ['/bin/sh', '-c', script, 'yard-first'];

const pidsAlone = [unshare, ...(isRoot ? [] : userNamespace), ...pids, ...propagation, ...shell(first(''))];
// Root needs a user namespace here: in a mount namespace alone it may go through /proc/PID/root of those processes of
// root outside that have no more capabilities than it has itself. (No user namespace's process may, into one outside.)
const protection = [unshare, ...userNamespaceThatMounts, '--mount', ...propagation, ...shell(`${mounts}exec ${dropping} "$@"`)];
// In a PID namespace such processes are not seen, and root is spared what a user namespace takes from it: other users.
const together = [unshare, ...(isRoot ? [] : userNamespaceThatMounts), ...pids, ...propagation, ...shell(mounts + first(dropping))];

/** Only a machine that hangs takes so long; a busy one must not be taken for one that cannot. */
const tryMs = 15_000;
const tried = new Map<string, Promise<boolean>>();

/** Folders and mounts that come and go are seen after this time; to look at them for every launch cost 2 ms each. */
const keptMs = 10_000;
const known = new Map<string, { readonly at: number; readonly answer: Promise<Means> }>();

interface Candidate {
  /** The list of mounts is to follow, where it makes them. */
  readonly prefix: readonly string[];
  readonly pids: boolean;
  readonly mounts: boolean;
}

interface Means {
  /** Null: nothing can be had. */
  readonly candidate: Candidate | null;
  readonly mounts: ReturnType<typeof readOnlyMounts>;
}

export async function isolationFor(wish: Wish): Promise<Isolation> {
  const { candidate, mounts } = await meansFor(wish);
  return isolationBy(candidate, mounts(wish.writable));
}

function meansFor({ pids: wished, protect }: Wish): Promise<Means> {
  const key = JSON.stringify([wished, protect]);
  const before = known.get(key);
  if (before !== undefined && performance.now() - before.at < keptMs) return before.answer;
  const answer = find({ pids: wished === 'auto', protect });
  known.set(key, { at: performance.now(), answer });
  answer.catch(() => known.delete(key));
  return answer;
}

async function find(wish: { readonly pids: boolean; readonly protect: readonly string[] }): Promise<Means> {
  if (process.platform !== 'linux') return { candidate: null, mounts: () => wish.protect.map((folder) => ({ options: 'ro', folder })) };
  const mounts = readOnlyMounts(wish.protect);
  const these = mounts([]);
  for (const candidate of candidates({ pids: wish.pids, mounts: these.length > 0 })) {
    const { prefix, table } = isolationBy(candidate, these);
    const folders = candidate.mounts ? these.map(({ folder }) => folder) : [];
    if (await works({ prefix, table, folders })) return { candidate, mounts };
  }
  return { candidate: null, mounts };
}

/** The best first. */
function candidates(wish: { readonly pids: boolean; readonly mounts: boolean }): readonly Candidate[] {
  const onlyPids: Candidate = { prefix: pidsAlone, pids: true, mounts: false };
  const onlyMounts: Candidate = { prefix: protection, pids: false, mounts: true };
  if (!wish.mounts) return wish.pids ? [onlyPids] : [];
  if (!wish.pids) return [onlyMounts];
  // Where parts of /proc are covered, as in containers, no user namespace may mount it anew.
  return [{ prefix: together, pids: true, mounts: true }, onlyPids, onlyMounts];
}

function isolationBy(candidate: Candidate | null, mounts: readonly Mount[]): Isolation {
  const none = mounts.length === 0;
  if (candidate === null) return { prefix: [], table: null, pids: false, protects: none };
  const { prefix, pids: isolated } = candidate;
  if (!candidate.mounts) return { prefix, table: null, pids: isolated, protects: none };
  // A table cannot change what is mounted already.
  const single = mounts.findLastIndex(({ options }) => options.startsWith('remount')) + 1;
  const list = mounts.slice(0, single).flatMap(({ options, folder }) => [options, folder]);
  return { prefix: [...prefix, `${single}`, ...list], table: tableOf(mounts.slice(single)), pids: isolated, protects: true };
}

interface Trial extends Pick<Isolation, 'prefix' | 'table'> {
  readonly folders: readonly string[];
}

function works(given: Trial): Promise<boolean> {
  const key = JSON.stringify(given);
  const trial = tried.get(key) ?? attempt(given);
  tried.set(key, trial);
  return trial;
}

// The folders must be read-only; TERM to the whole group must reach the command alone, and its own answer must come
// out: old versions of unshare die of it. `[` of some shells asks for the mode and not whether one can write.
const trialScript = `for folder; do PATH=/usr/bin:/bin env test -w "$folder" && exit 9; done
trap "exit 7" TERM; kill -TERM 0; exit 8`;

function attempt({ prefix, table, folders }: Trial): Promise<boolean> {
  const [file = '', ...args] = prefix;
  return new Promise((resolve) => {
    const child = withTable(table, (files) =>
      spawn(file, [...args, '/bin/sh', '-c', trialScript, 'yard-trial', ...folders], {
        detached: true,
        stdio: ['ignore', 'ignore', 'ignore', ...files],
        env: {},
        timeout: tryMs,
        killSignal: 'SIGKILL',
      }),
    );
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 7));
  });
}
