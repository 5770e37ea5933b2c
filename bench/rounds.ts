// Sends one task after another through a supervisor that is otherwise idle: added, started, judged, cleaned up. The site of
// each task exists already, as at a second attempt. The figures of latency read their times from here.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Repo } from '../src/ports/repo.ts';
import type { Store } from '../src/ports/store.ts';
import { gitRepo } from '../src/repo/git-repo.ts';
import type { Ground } from './ground.ts';
import { now } from './samples.ts';
import { addTask, agents, keepUp, openStage, request, type Stage } from './stage.ts';
import { superviseNoted, type Supervised } from './supervised.ts';
import type { Mark } from './world.ts';

export interface Round {
  readonly addedAt: number;
  /** The attempt's id. */
  readonly attempt: string;
  readonly folder: string;
  /** The supervisor's calls from then on until it had removed the worktree. */
  readonly marks: readonly Mark[];
  /** The costs of processes at that moment: the start of a shell; `git status` in the worktree, from start to end. */
  readonly shellMs: number;
  readonly gitMs: number;
}

/** So many that the 99th percentile is not the slowest round, which in most runs meets a checkpoint of the database. */
const count = 205;
const known = new WeakMap<Ground, Promise<readonly Round[]>>();

/** Measured once for all figures that read it. */
export function takeRounds(ground: Ground): Promise<readonly Round[]> {
  const rounds = known.get(ground) ?? measure(ground);
  known.set(ground, rounds);
  return rounds;
}

async function measure(ground: Ground): Promise<readonly Round[]> {
  const stage = openStage(ground, { name: 'rounds', agent: agents.noChange });
  const store = await stage.store();
  await keepUp(store, stage.repo);
  const ids = Array.from({ length: count }, (_, at) => `t${at + 1}`);
  const repo = gitRepo();
  for (const id of ids) await prepare(store, { stage, repo, id });
  const supervisor = await superviseNoted(ground, { stage, name: 'rounds' });
  const rounds: Round[] = [];
  for (const id of ids) rounds.push(await round(store, { stage, supervisor, id }));
  await supervisor.end();
  await store.end();
  // The first rounds are slower, because some code runs for the first time. The figure is about a supervisor that has been
  // running for days.
  return rounds.slice(5);
}

async function prepare(store: Store, given: { stage: Stage; repo: Repo; id: string }): Promise<void> {
  const { stage, repo, id } = given;
  const worktree = join(stage.home.worktrees, id);
  const { branch, base } = await repo.makeSite({
    root: stage.repo,
    path: worktree,
    branch: () => `yard/${id}`,
    remote: 'origin',
    defaultBranch: 'main',
  });
  await store.putTask({ repo: stage.repo, task: request(id, { wanted: false }), at: Date.now() });
  const task = await store.task({ repo: stage.repo, id });
  if (task === null) throw new Error(`${id} was not stored`);
  await store.patchTask({ key: task.key, patch: { site: { checkout: worktree }, delivery: { branch, base } }, at: Date.now() });
}

async function round(store: Store, given: { stage: Stage; supervisor: Supervised; id: string }): Promise<Round> {
  const { stage, supervisor, id } = given;
  const task = await store.task({ repo: stage.repo, id });
  const { shellMs, gitMs } = await startBoth(join(stage.home.worktrees, id));
  const seen = supervisor.marks.length;
  const addedAt = now();
  await addTask(store, { stage, id });
  // The last action of a supervisor for a task is to record that its worktree is removed.
  await supervisor.until((marks) => marks.slice(seen).some((mark) => mark.call === 'store.patchTask' && mark.of === task?.key));
  const marks = supervisor.marks.slice(seen);
  const attempt = marks.find((mark) => mark.call === 'place.launch')?.of;
  if (typeof attempt !== 'string') throw new Error(`${id} was not started`);
  return { addedAt, attempt, folder: join(stage.home.attempts, attempt), marks, shellMs, gitMs };
}

async function startBoth(worktree: string): Promise<{ shellMs: number; gitMs: number }> {
  const from = now();
  const shell = spawn('/bin/sh', ['-c', ':'], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  await once(shell, 'spawn');
  const shellMs = now() - from;
  await once(shell, 'exit');
  const begun = now();
  await once(spawn('git', ['status', '--porcelain'], { cwd: worktree, stdio: 'ignore' }), 'exit');
  return { shellMs, gitMs: now() - begun };
}

/** Milliseconds between two times during which at least one of these calls was in progress. */
export function covered(marks: readonly Mark[], given: { readonly calls: RegExp; readonly from: number; readonly to: number }): number {
  const { calls, from, to } = given;
  let [total, until] = [0, from];
  for (const mark of marks.filter(({ call }) => calls.test(call)).toSorted((a, b) => a.from - b.from)) {
    total += Math.max(0, Math.min(mark.to, to) - Math.max(mark.from, until));
    until = Math.max(until, Math.min(mark.to, to));
  }
  return total;
}
