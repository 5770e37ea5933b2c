// A yard in the state in which the program of commit 95ac52a left it in the middle of its work: test/stories/home-95ac52a
// describes the recording. The repository, the linked worktrees and the state folders are made here, with the git commands
// of that program.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { processes } from '../../src/lib/processes.ts';
import type { Yard } from './stage.ts';

const recorded = (name: string): string => readFileSync(new URL(`../stories/home-95ac52a/${name}`, import.meta.url), 'utf8');

/** The shell that ran between that version's supervisor and the agent. */
const wrapper = `folder=$1
shift
trap : HUP INT TERM
read -r go || exit 0
(exec "$@" <"$folder/stdin" >>"$folder/stdout" 2>>"$folder/stderr")
echo $? >"$folder/end/exit"`;

/** The remaining steps of t1's worker, as recorded; they begin as soon as somebody writes into the pipe. */
const agent = `read -r go <"$1/go"
echo t1.txt >t1.txt && git add t1.txt && git commit --quiet --message "work of t1.txt"
cat "$1/rest"`;

/** A supervisor of that version that lives and does nothing but renew its leases, as that version did. */
const renewing = `const { DatabaseSync } = require('node:sqlite');
setInterval(() => {
  const database = new DatabaseSync(process.argv[1], { timeout: 10000 });
  database.prepare("update attempts set lease_until = ? where holder like ? and state <> 'closed'").run(Date.now() + 15000, '%|' + process.pid + '|%');
  database.close();
}, 1000);`;

export interface OldHome {
  readonly worktrees: Readonly<Record<string, string>>;
  /** Every commit that a worker made. */
  readonly commits: readonly string[];
  /** Blobs of files that were left uncommitted. */
  readonly files: readonly string[];
  /** Lets the worker of t1 continue. */
  goOn(): void;
  /** Ends the old supervisor. */
  endOld(): Promise<void>;
}

export const oldIds = ['t1', 't2', 't3', 't4', 't5', 't6', 't7', 't8', 't9', 't10', 't12'];
export const oldTodo = oldIds.map((id) => `- [ ] ${id} Task ${id} #auto-dispatch\n`).join('');

/** When the dump was made. */
const recordedAt = 1_795_906_970_000;

/** The order in which the tasks were added, which determines their folders' names. */
const keys = ['t8', 't1', 't2', 't3', 't4', 't5', 't6', 't7', 't9', 't10', 't12'];
const attemptOf = { t1: 'eeee7a1e-8997-4001-a0b3-8a784583b024', t2: 'fdb8dae6-63ad-4b2f-9d29-1ed80071d967' } as const;

/** `end` is called with each process that has to end with the test. */
export function oldHome(yard: Yard, end: (child: ChildProcess) => void): OldHome {
  const { home, root } = yard;
  const worktrees = Object.fromEntries(keys.map((id, index) => [id, join(home, 'worktrees', `${index + 1}-${id}-1`)]));
  const commits = new Map<string, string>();
  const files = makeWorktrees(yard, { worktrees, commits });
  for (const folder of ['attempts', 'tasks', 'worktrees']) mkdirSync(join(home, folder), { recursive: true, mode: 0o700 });
  const filled = (name: string): string => recorded(name).replaceAll('{{ROOT}}', root);
  for (const id of ['t1', 't2'] as const) {
    const folder = join(home, 'attempts', attemptOf[id]);
    mkdirSync(join(folder, 'end'), { recursive: true, mode: 0o700 });
    for (const name of ['stdin', 'stderr']) writeFileSync(join(folder, name), '');
    const said = filled(`${id}.stdout`);
    writeFileSync(join(folder, 'stdout'), id === 't1' ? said.slice(0, 937) : said);
    writeFileSync(join(folder, 'rest'), said.slice(937));
  }
  writeFileSync(join(home, 'attempts', attemptOf.t2, 'end/exit'), '0\n');
  const worker = startWorker(yard, worktrees['t1'] ?? '');
  const file = join(home, 'yardmaster.db');
  const holder = spawn(process.execPath, ['-e', renewing, file], { stdio: 'ignore' });
  end(worker);
  end(holder);
  writeDatabase(filled('home.sql'), { file, worker, holder, commits });
  return {
    worktrees,
    commits: [...commits].flatMap(([id, commit]) => (id === 'base' ? [] : [commit])),
    files,
    goOn: () => writeFileSync(join(home, 'attempts', attemptOf.t1, 'go'), 'go\n'),
    endOld: async () => {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    },
  };
}

function makeWorktrees(yard: Yard, given: { worktrees: Readonly<Record<string, string>>; commits: Map<string, string> }): string[] {
  const { worktrees, commits } = given;
  const git = (...args: string[]): string => yard.git(...args);
  const base = git('rev-parse', 'main');
  commits.set('base', base);
  git('update-ref', 'refs/yardmaster/remotes/origin/main', base);
  const files: string[] = [];
  for (const [id, path] of Object.entries(worktrees)) {
    const inside = (...args: string[]): string => git('-C', path, ...args);
    const branch = `yard/${id}-task-${id}`;
    git('worktree', 'add', '--quiet', '--no-checkout', '--detach', '--', path, base);
    inside('checkout', '--quiet', '--force', '--no-track', '--no-recurse-submodules', '-b', branch, base);
    const commit = (name: string, content = `${name}\n`): string => {
      yard.write(join(path, name), content);
      inside('add', '--', name);
      inside('commit', '--quiet', '--message', `work of ${name}`);
      return inside('rev-parse', 'HEAD');
    };
    const leave = (name: string): void => {
      yard.write(join(path, name), `open ${id}\n`);
      files.push(inside('hash-object', name));
    };
    if (id === 't1' || id === 't3' || id === 't10') continue;
    commits.set(id, commit(`${id}.txt`));
    if (id === 't5' || id === 't6') git('push', '--quiet', 'origin', branch);
    if (id === 't4') leave('t4-open.txt');
    if (id === 't8') breakOff({ inside, commit, commits, how: 'rebase', id });
    if (id === 't12') breakOff({ inside, commit, commits, how: 'merge', id });
    if (id === 't9') inside('checkout', '--quiet', '--detach');
    if (id === 't9') commits.set('t9 loose', commit('loose.txt'));
    if (id === 't8' || id === 't9' || id === 't12') leave(`${id}-open.txt`);
  }
  return files;
}

/** Interrupts an operation of git in the middle, with a conflict in README.md. */
function breakOff(given: {
  inside: (...args: string[]) => string;
  commit: (name: string, content?: string) => string;
  commits: Map<string, string>;
  how: 'merge' | 'rebase';
  id: string;
}): void {
  const { inside, commit, commits, how, id } = given;
  commits.set(`${id} ours`, commit('README.md', 'ours\n'));
  inside('checkout', '--quiet', '--detach', 'main');
  const other = commit('README.md', 'theirs\n');
  commits.set(`${id} other`, other);
  inside('checkout', '--quiet', `yard/${id}-task-${id}`);
  try {
    inside(how, '--quiet', other);
  } catch {
    return;
  }
  throw new Error(`the ${how} of ${id} met no conflict`);
}

function startWorker(yard: Yard, cwd: string): ChildProcess {
  const folder = join(yard.home, 'attempts', attemptOf.t1);
  execFileSync('mkfifo', [join(folder, 'go')]);
  const child = spawn('/bin/sh', ['-c', wrapper, 'yard-worker', folder, '/bin/sh', '-c', agent, 'agent', folder], {
    cwd,
    env: { ...yard.env, YARDMASTER_ATTEMPT: attemptOf.t1 },
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin?.end('go\n');
  child.unref();
  return child;
}

function writeDatabase(
  sql: string,
  given: { file: string; worker: ChildProcess; holder: ChildProcess; commits: ReadonlyMap<string, string> },
): void {
  const { file, worker, holder, commits } = given;
  const known = { WORKER: worker.pid, HOLDER: holder.pid } as Readonly<Record<string, number | undefined>>;
  const text = sql
    .replaceAll('{{HOST}}', hostname())
    .replaceAll('{{BOOT}}', processes.bootId())
    // All times are moved as if everything had happened just now, because a worker that is silent for long is ended.
    .replaceAll(/\b17959\d{8}\b/g, (time) => String(Number(time) + Date.now() - recordedAt))
    .replaceAll(/\{\{PID (\w+)\}\}/g, (_, who: string) => String(known[who] ?? 4_194_305))
    .replaceAll(/\{\{START (\w+)\}\}/g, (_, who: string) => processes.look(known[who] ?? 4_194_305)?.startTime ?? '1')
    .replaceAll(/\{\{COMMIT(12)? (\w+)\}\}/g, (_, short: string | undefined, id: string) => {
      const commit = commits.get(id);
      if (commit === undefined) throw new Error(`there is no commit of ${id}`);
      return short === undefined ? commit : commit.slice(0, 12);
    });
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  database.exec(`pragma journal_mode = wal; begin; ${text}; commit`);
  // The old supervisor lives, so its leases have just been renewed.
  database.prepare(`update attempts set lease_until = ? where state <> 'closed'`).run(Date.now() + 15_000);
  database.close();
}
