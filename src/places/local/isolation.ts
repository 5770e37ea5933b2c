// What stands around a command, where this user can have it: a PID namespace (the kernel ends all in it when the command
// ends or its first process is killed, also what shed its environment and its group), and folders that are read-only for
// it. Both are wished for independently, and found out by really trying, once per process and set of folders. Where
// something cannot be had (no Linux, an old unshare, a container or a security module that forbids it), it is left out.
import { spawn } from 'node:child_process';
import { readOnlyMounts, type ReadOnlyMount } from './read-only-mounts.ts';

export interface Isolation {
  /** To be put before a command and its arguments; empty: it runs as it is. */
  readonly prefix: readonly string[];
  /** It has a PID namespace. */
  readonly pids: boolean;
  /** All the folders are read-only for it; also true when there is none. */
  readonly protects: boolean;
}

export interface Wish {
  readonly pids: 'auto' | 'off';
  /** Absolute folders that shall be read-only for the command; what is missing is skipped. */
  readonly protect: readonly string[];
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

// Its first argument is a number of mounts, then come options and folder of each; the command follows. What is mounted
// already is changed where it is, one after the other; the rest waits for nobody (a mount costs 2.5 ms, nearly all of it
// the start of the program). 126 is what a command ends with that cannot be executed.
const mounts = `left=$1; shift; made=
while [ "$left" -gt 0 ]; do
  case $1 in
    remount,*) PATH=/usr/bin:/bin mount -o "$1" "$2" || exit 126 ;;
    *) PATH=/usr/bin:/bin mount -o "$1" "$2" "$2" & made="$made $!" ;;
  esac
  shift 2; left=$((left - 1))
done
for one in $made; do wait "$one" || exit 126; done
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
const known = new Map<string, { readonly at: number; readonly answer: Promise<Isolation> }>();

export function isolationFor(wish: Wish): Promise<Isolation> {
  const key = JSON.stringify(wish);
  const before = known.get(key);
  if (before !== undefined && performance.now() - before.at < keptMs) return before.answer;
  const answer = find(wish);
  known.set(key, { at: performance.now(), answer });
  answer.catch(() => known.delete(key));
  return answer;
}

async function find(wish: Wish): Promise<Isolation> {
  const none: Isolation = { prefix: [], pids: false, protects: wish.protect.length === 0 };
  if (process.platform !== 'linux') return none;
  const these = readOnlyMounts(wish.protect);
  for (const one of candidates({ pids: wish.pids === 'auto', mounts: these })) {
    if (await works({ prefix: one.prefix, folders: one.protects ? these.map(({ folder }) => folder) : [] })) return one;
  }
  return { ...none, protects: these.length === 0 };
}

/** The best first. */
function candidates(wish: { readonly pids: boolean; readonly mounts: readonly ReadOnlyMount[] }): Isolation[] {
  const protects = wish.mounts.length === 0;
  const list = [`${wish.mounts.length}`, ...wish.mounts.flatMap(({ options, folder }) => [options, folder])];
  const onlyPids: Isolation = { prefix: pidsAlone, pids: true, protects };
  const onlyProtection: Isolation = { prefix: [...protection, ...list], pids: false, protects: true };
  if (protects) return wish.pids ? [onlyPids] : [];
  if (!wish.pids) return [onlyProtection];
  return [
    { prefix: [...together, ...list], pids: true, protects: true },
    onlyPids,
    // Where parts of /proc are covered, as in containers, no user namespace may mount it anew.
    onlyProtection,
  ];
}

function works(given: { readonly prefix: readonly string[]; readonly folders: readonly string[] }): Promise<boolean> {
  const key = JSON.stringify(given);
  const trial = tried.get(key) ?? attempt(given);
  tried.set(key, trial);
  return trial;
}

// The folders must be read-only; TERM to the whole group must reach the command alone, and its own answer must come
// out: old versions of unshare die of it. `[` of some shells asks for the mode and not whether one can write.
const trialScript = `for folder; do PATH=/usr/bin:/bin env test -w "$folder" && exit 9; done
trap "exit 7" TERM; kill -TERM 0; exit 8`;

function attempt(given: { readonly prefix: readonly string[]; readonly folders: readonly string[] }): Promise<boolean> {
  const [file = '', ...args] = given.prefix;
  return new Promise((resolve) => {
    const child = spawn(file, [...args, '/bin/sh', '-c', trialScript, 'yard-trial', ...given.folders], {
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
