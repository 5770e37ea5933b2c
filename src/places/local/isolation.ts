// What isolates a command, as far as this user may set it up: a PID namespace (the kernel ends every process in it when the
// command ends or its first process is killed, including processes that shed their environment and their group), and
// folders that are read-only for the command. The two are requested independently, and whether they work is tried once per
// process and set of folders. Where one does not work (no Linux, an old unshare, a container or a security module that
// forbids it), it is left out.
import { spawn } from 'node:child_process';
import { tableOf, withTable } from './mount-table.ts';
import { readOnlyMounts, type Mount } from './read-only-mounts.ts';
import type { Boundary } from '../../ports/place.ts';

export interface Isolation {
  /** Words that go before a command and its arguments; empty if the command runs as it is. */
  readonly prefix: readonly string[];
  /** Data that the prefix reads from file descriptor 3, see `withTable`; null for none. */
  readonly table: string | null;
  /** Whether the command gets a PID namespace. */
  readonly pids: boolean;
  /** Whether all the folders are read-only for it; also true if there are no folders. */
  readonly protects: boolean;
}

/** Absolute folders; missing ones are skipped. */
export interface Wish extends Pick<Boundary, 'protect' | 'writable'> {
  readonly pids: 'auto' | 'off';
}

const isRoot = process.getuid?.() === 0;
const unshare = '/usr/bin/unshare';
const pids = ['--pid', '--fork', '--kill-child', '--mount-proc'];
/** Mounts that are made outside later become visible inside, as without a namespace. */
const propagation = ['--propagation', 'slave'];
/**
 * Every user except root needs a user namespace around the others; only the user exists in it. `mount` needs
 * `--keep-caps`.
 */
const userNamespace = ['--user', '--map-current-user'];
const userNamespaceThatMounts = [...userNamespace, '--keep-caps'];

/**
 * With no capabilities beyond these, a process cannot change the mounts of the namespace, look into a process that could,
 * or open files past them. They are those that container engines leave to root, without the one for making devices. Users
 * other than root have none left anyway.
 */
const kept = 'chown,dac_override,fowner,fsetid,kill,setgid,setuid,setfcap,net_bind_service,net_raw,sys_chroot,audit_write';
const bounding = ['-all', ...kept.split(',').map((name) => `+${name}`)].join();
const dropping = `/usr/bin/setpriv --inh-caps=-all --ambient-caps=-all --bounding-set=${bounding} --`;

// Its first argument is a number of mounts, followed by the options and the folder of each, and then the command. These
// mounts are made one by one, and then those of the table. A mount costs 2.5 ms, nearly all of it for starting the program,
// so one program makes all mounts where possible. The working folder is entered again afterwards, because the old one's
// parents would lead around the mounts. 126 is the usual status for a command that cannot be executed.
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

// Process 1 in a PID namespace: it adopts orphans while it waits, and passes on the exit status (a shell's: 128 + n for
// signals). The kernel does not deliver TERM to it as long as it does not ask for it; the command itself gets TERM with its
// group. The parentheses keep the shell's own words ("Terminated") out of the command's output.
const first = (by: string): string => `exec 3>&2 2>/dev/null; (exec ${by} "$@" 2>&3 3>&-); exit $?`;
const shell = (script: string): readonly string[] => ['/bin/sh', '-c', script, 'yard-first'];

const pidsAlone = [unshare, ...(isRoot ? [] : userNamespace), ...pids, ...propagation, ...shell(first(''))];
// Root needs a user namespace here. In a mount namespace alone, root could go through /proc/PID/root of outside processes
// of root that have no more capabilities than it has itself. (A process in a user namespace cannot do this with one
// outside.)
const protection = [unshare, ...userNamespaceThatMounts, '--mount', ...propagation, ...shell(`${mounts}exec ${dropping} "$@"`)];
// In a PID namespace such processes are not visible, so root does not need a user namespace, in which other users would not
// exist.
const together = [unshare, ...(isRoot ? [] : userNamespaceThatMounts), ...pids, ...propagation, ...shell(mounts + first(dropping))];

/** Only a machine that hangs takes this long; on a busy machine the trial must not fail for lack of time. */
const tryMs = 15_000;
const tried = new Map<string, Promise<boolean>>();

/** How long the list of folders and mounts is reused: checking it for every launch cost 2 ms each. */
const keptMs = 10_000;
const known = new Map<string, { readonly at: number; readonly answer: Promise<Means> }>();

interface Candidate {
  /** The list of mounts has to follow it, if it makes mounts. */
  readonly prefix: readonly string[];
  readonly pids: boolean;
  readonly mounts: boolean;
}

interface Means {
  /** Null if nothing works. */
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

/** The best one first. */
function candidates(wish: { readonly pids: boolean; readonly mounts: boolean }): readonly Candidate[] {
  const onlyPids: Candidate = { prefix: pidsAlone, pids: true, mounts: false };
  const onlyMounts: Candidate = { prefix: protection, pids: false, mounts: true };
  if (!wish.mounts) return wish.pids ? [onlyPids] : [];
  if (!wish.pids) return [onlyMounts];
  // Where parts of /proc are covered, as in containers, a user namespace may not mount it again.
  return [{ prefix: together, pids: true, mounts: true }, onlyPids, onlyMounts];
}

function isolationBy(candidate: Candidate | null, mounts: readonly Mount[]): Isolation {
  const none = mounts.length === 0;
  if (candidate === null) return { prefix: [], table: null, pids: false, protects: none };
  const { prefix, pids: isolated } = candidate;
  if (!candidate.mounts) return { prefix, table: null, pids: isolated, protects: none };
  // A table cannot change mounts that exist already.
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

// The folders must be read-only. TERM to the whole group must reach only the command, and its own status must come out: old
// versions of unshare die of it. The `[` of some shells checks the mode instead of whether one can write.
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
