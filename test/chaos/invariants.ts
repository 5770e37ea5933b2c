// The conditions that hold for a yard after everything has ended, however often its supervisors and workers were killed.
// Returns descriptions of the broken ones; the list should be empty.
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { claude } from '../../src/agents/claude/adapter.ts';
import { opencode } from '../../src/agents/opencode/adapter.ts';
import { addNews, emptyTally, spent, tallyOf } from '../../src/core/transcript/tally.ts';
import type { TranscriptEvent } from '../../src/core/transcript/transcript.ts';
import type { SiteRecord } from '../../src/repo/site/record.ts';
import { strays, type Stage, type Told, type Yard } from '../support/stage.ts';

interface AttemptRow {
  readonly id: string;
  readonly task: string;
  readonly agent: string;
  readonly state: string;
  readonly launch: string | null;
  readonly out_offset: number;
}

interface Given {
  readonly yard: Yard | Stage;
  readonly tasks: readonly Told[];
  /** Branches of tasks, see `replacedCheckouts`. */
  readonly replaced: readonly string[];
}

/**
 * `merged`: the tasks' work arrived by pull requests, so its branches may be gone and its commits rewritten. Whoever says so
 * checks by other means that nothing is lost.
 */
export async function brokenInvariants(yard: Yard | Stage, { merged = false } = {}): Promise<string[]> {
  const tasks = await yard.json<Told[]>('ls');
  const given: Given = { yard, tasks, replaced: replacedCheckouts(yard) };
  const database = new DatabaseSync(join(yard.home, 'yardmaster.db'), { readOnly: true });
  try {
    const attempts = database
      .prepare('select a.id, t.id as task, a.agent, a.state, a.launch, a.out_offset from attempts a join tasks t on t.key = a.task_key')
      .all() as unknown as AttemptRow[];
    return [
      ...integrity(database),
      ...attempts.flatMap((attempt) =>
        attempt.state === 'closed' ? [] : [`attempt ${attempt.id} of ${attempt.task} is ${attempt.state}`],
      ),
      ...attempts.flatMap((attempt) => lostEvents({ attempt, database })),
      ...attempts.flatMap((attempt) => misbooked({ attempt, database })),
      ...doubledWorkers(yard),
      ...(merged ? [] : lostCommits(given)),
      ...tasks.flatMap((task) => untrueTask(yard, { task, merged })),
      ...leftBehind(given),
    ];
  } finally {
    database.close();
  }
}

function integrity(database: DatabaseSync): string[] {
  const answers = database
    .prepare('pragma integrity_check')
    .all()
    .map((row) => String(row['integrity_check']));
  return answers.length === 1 && answers[0] === 'ok' ? [] : answers.map((answer) => `integrity_check: ${answer}`);
}

/** Checks that every whole line of a worker's output is in the database as its events, once and in order. */
function lostEvents(given: { attempt: AttemptRow; database: DatabaseSync }): string[] {
  const { attempt } = given;
  if (attempt.launch === null) return [];
  const { folder } = (JSON.parse(attempt.launch) as { ref: { folder: string } }).ref;
  const file = join(folder, 'stdout');
  if (!existsSync(file)) return [`the output of attempt ${attempt.id} is gone`];
  const text = readFileSync(file, 'utf8');
  const adapter = attempt.agent === claude.facts.name ? claude : opencode;
  const all = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : adapter.events(line)));
  // Events without news are not stored.
  const said = addNews(emptyTally, all).news.map((event) => JSON.stringify(event));
  const stored = given.database
    .prepare('select event from events where attempt = ? order by seq')
    .all(attempt.id)
    .map((row) => String(row['event']));
  const at = said.findIndex((event, index) => stored[index] !== event);
  if (at === -1 && stored.length === said.length) return [];
  return [
    `attempt ${attempt.id} of ${attempt.task} said ${said.length} events, ${stored.length} are stored, the first that differs is ${at}`,
  ];
}

/** Checks that the ledger of an attempt is the sum of its stored events. */
function misbooked({ attempt, database }: { attempt: AttemptRow; database: DatabaseSync }): string[] {
  const stored = database.prepare('select event from events where attempt = ? order by seq').all(attempt.id);
  const { tokens } = spent(tallyOf(stored.map((row) => JSON.parse(String(row['event'])) as TranscriptEvent)));
  const booked = database
    .prepare('select total(tokens_input) as input, total(tokens_output) as output from ledger where attempt = ?')
    .get(attempt.id);
  if (booked?.['input'] === tokens.input && booked['output'] === tokens.output) return [];
  return [`attempt ${attempt.id} of ${attempt.task} took ${JSON.stringify(tokens)}, booked is ${JSON.stringify(booked)}`];
}

function doubledWorkers(yard: Yard): string[] {
  const doubled = Object.values(yard.agents).reduce((sum, agent) => sum + agent.doubled(), 0);
  const markers = yard.attempts().map((attempt) => attempt.env['YARDMASTER_ATTEMPT'] ?? 'none');
  const twice = markers.filter((marker, index) => markers.indexOf(marker) !== index);
  return [
    ...(doubled === 0 ? [] : [`${doubled} workers began while another one of their task was alive`]),
    ...twice.map((marker) => `attempt ${marker} was started twice`),
  ];
}

/**
 * Checks that each commit of an agent is on a branch of the remote, preserved, or referenced for a task whose site stays
 * for a retry.
 */
function lostCommits(given: Given): string[] {
  const { yard } = given;
  const commits = Object.values(yard.agents).flatMap((agent) => agent.commits());
  yard.git('fetch', '--quiet', 'origin');
  const held = heldRefs(yard).flatMap(({ ref, branch }) => (isKept(given, branch) ? [ref] : []));
  const kept = new Set(yard.git('rev-list', '--branches', '--remotes', '--glob=refs/yardmaster/preserved', ...held).split('\n'));
  return commits.filter((commit) => !kept.has(commit)).map((commit) => `commit ${commit} is lost`);
}

/**
 * The references that keep the objects of sites: the base, the tip and what was taken, each with the branch of its task.
 */
function heldRefs(yard: Yard): readonly { readonly ref: string; readonly branch: string }[] {
  const spaces = ['base', 'tip', 'taken'].map((name) => `refs/yardmaster/${name}/`);
  const refs = yard.git('for-each-ref', '--format=%(refname)', ...spaces).split('\n');
  return refs.flatMap((ref) => {
    const [, branch] = /^refs\/yardmaster\/(?:base|tip|taken)\/(.+?)(?:\/[0-9a-f]{40})?$/.exec(ref) ?? [];
    return branch === undefined ? [] : [{ ref, branch }];
  });
}

/** Failed and blocked tasks keep their sites for a retry. A site whose checkout was replaced is kept as well. */
function isKept(given: Given, branch: string): boolean {
  return given.replaced.includes(branch) || given.tasks.some((task) => task.branch === branch && keepsSite(task));
}

function keepsSite({ state }: Told): boolean {
  return state === 'failed' || state === 'blocked';
}

/**
 * The branches of sites whose checkout a hostile worker replaced by a link. We must not remove such a link, because it may
 * lead to other people's files.
 */
function replacedCheckouts(yard: Yard): readonly string[] {
  const records = foldersIn(yard, 'readers').map((name) => join(yard.home, 'readers', name, 'yardmaster.json'));
  return records.flatMap((file) => {
    if (!existsSync(file)) return [];
    const { path, branch } = JSON.parse(readFileSync(file, 'utf8')) as SiteRecord;
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? [branch] : [];
  });
}

function foldersIn(yard: Yard, name: string): readonly string[] {
  const entries = readdirSync(join(yard.home, name), { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}

/** Checks that `done` has evidence: the branch at the remote is at the recorded commit. */
function untrueTask(yard: Yard, { task, merged }: { readonly task: Told; readonly merged: boolean }): string[] {
  if (task.state === 'queued' || task.state === 'running' || task.state === 'delivered')
    return [`${task.id} has not ended: ${task.state} (${task.reason})`];
  if (task.state !== 'done') return [];
  const ticked = yard.todo().includes(`- [ ] ${task.id} `) ? [`${task.id} is done and not ticked`] : [];
  if (task.deliveredCommit === null || merged) return ticked;
  const there = yard.git('ls-remote', 'origin', `refs/heads/${task.branch}`).split('\t')[0];
  return there === task.deliveredCommit
    ? ticked
    : [...ticked, `${task.id} is done at ${task.deliveredCommit}, and its branch at the remote is ${there}`];
}

function leftBehind(given: Given): string[] {
  const { yard, tasks, replaced } = given;
  const alive = strays(yard.home);
  const kept = tasks.filter(keepsSite).length;
  // A replaced checkout is a link, and so is not counted as a folder.
  const [worktrees, readers] = [foldersIn(yard, 'worktrees').length, foldersIn(yard, 'readers').length - replaced.length];
  const refs = heldRefs(yard).filter(({ branch }) => !isKept(given, branch));
  const registered =
    yard
      .git('worktree', 'list', '--porcelain')
      .split('\n')
      .filter((line) => line.startsWith('worktree ')).length - 1;
  return [
    ...(alive.length === 0 ? [] : [`processes ${alive.join(', ')} are left`]),
    ...(worktrees > kept ? [`${worktrees} worktrees are left, ${kept} are wanted`] : []),
    ...(readers > kept ? [`${readers} readers are left, ${kept} are wanted`] : []),
    ...refs.map(({ ref }) => `the reference ${ref} is left`),
    ...(registered > kept ? [`git knows ${registered} worktrees, ${kept} are wanted`] : []),
  ];
}
