// Reads everything that a sync is planned from: the list with its briefs and plans, the stored tasks, what is remembered, and
// the issues. Of these only those that can matter are asked for.
import { join } from 'node:path';
import { repositoryName } from '../../core/delivery/pull-facts.ts';
import { Fault } from '../../core/fault.ts';
import { isOurComment, unmarkedComment } from '../../core/sync/comment-marker.ts';
import type { LastSync } from '../../core/sync/issues-state.ts';
import { numberOf } from '../../core/sync/pair-up.ts';
import type { GoneIssue, Issue, SyncFacts } from '../../core/sync/sync-facts.ts';
import { tasksFor } from '../../core/sync/sync-task.ts';
import { numbersToRead, type ToRead } from '../../core/sync/to-read.ts';
import { parseTodo, type TodoTask } from '../../core/todo/line.ts';
import type { Instant } from '../../core/time.ts';
import type { IssueRead } from '../../ports/forge-issues.ts';
import type { SyncAsk, SyncPoint } from '../../ports/issue-sync.ts';
import type { Repo } from '../../ports/repo.ts';
import type { Store } from '../../ports/store.ts';
import type { TodoFile } from '../../ports/todo-file.ts';
import { checkoutNow, lastSync, type Checkout } from './last-sync.ts';

export interface Ports {
  readonly file: TodoFile;
  readonly store: Pick<Store, 'rememberedIssues' | 'rememberIssue' | 'conditions' | 'changeCondition'>;
  readonly git: Pick<Repo, 'fileState' | 'isAncestor'>;
  readonly now: () => Instant;
  /** A folder of ours on this machine. */
  readonly folder: string;
  /** Called at each pause point; the chaos tests end the process there. */
  readonly passing: (point: SyncPoint) => void;
}

export interface Gathered {
  readonly facts: SyncFacts;
  /** Tasks of which others know more: our comment about them stays as it is. */
  readonly byOthers: ReadonlySet<string>;
  readonly checkout: Checkout;
  readonly until: Instant | null;
  readonly changedAt: Instant | null;
  /** When the reading began: what is changed here since is news. */
  readonly begunAt: Instant;
  /** The list's. */
  readonly mark: string;
}

export async function gather(ports: Ports, ask: SyncAsk): Promise<Gathered> {
  const { file, store } = ports;
  const { repo, at, ids, policy } = ask;
  const begunAt = ports.now();
  const { text, mark } = await readList(file, repo);
  const { tasks: lines } = parseTodo({ text, ids });
  const remembered = await store.rememberedIssues({ repo, forge: repositoryName(at) });
  const last = await lastSync(store, { repo, at });
  const { isOnward, ...checkout } = await checkoutNow(ports.git, { repo, text, last });
  const briefs = await briefsOf({ file, repo, lines });
  const stored = await ask.tasks.read(new Map(lines.map(({ id, mark }) => [id, mark])));
  const changedAt = await ask.issues.changedAt(at);
  const read = await readIssues({ ask, last, lines, toRead: { list: { text, ids }, intake: policy.intake, briefs, remembered } });
  const issues = read.issues.map(withoutMarker);
  const byNumber = new Map(lines.flatMap((todo) => numbered(todo, remembered)));
  const known = tasksFor({ stored: stored.tasks, issues, policy, taskOf: (number) => byNumber.get(number) ?? null });
  const facts: SyncFacts = {
    ...{ policy, list: { text, ids }, briefs, plans: await plansOf({ file, repo, lines }), onward: isOnward, tasks: known.tasks },
    ...{ issues, gone: read.gone, remembered, taken: stored.taken, flows: ask.flows, keep: ask.keep, push: ask.push },
  };
  return { facts, byOthers: known.byOthers, checkout, until: read.until ?? last?.until ?? null, changedAt, begunAt, mark };
}

async function readList(file: TodoFile, repo: string): Promise<{ readonly text: string; readonly mark: string }> {
  const path = join(repo, 'TODO.md');
  const read = await file.read(path);
  if (read === null) throw new Fault({ code: 'no-todo', message: `there is no ${path}`, hint: 'yardmaster init offers one to start from' });
  if (/^<{7} .*$[^]*^={7}$[^]*^>{7} /m.test(read.text.replaceAll('\r', '')))
    throw new Fault({
      code: 'todo-conflicted',
      message: `${path} has the conflict markers of a merge, so it is not synced`,
      hint: 'decide which lines to keep, and remove the markers',
      data: { path },
    });
  return read;
}

/** Of lines that have an issue or may get one. */
async function briefsOf(given: {
  readonly file: TodoFile;
  readonly repo: string;
  readonly lines: readonly TodoTask[];
}): Promise<ReadonlyMap<string, string>> {
  const { file, repo, lines } = given;
  const briefs = new Map<string, string>();
  for (const todo of lines) {
    const brief = todo.mark === 'open' || numberOf(todo) !== null ? await file.brief(repo, todo.id) : null;
    if (brief !== null) briefs.set(todo.id, brief);
  }
  return briefs;
}

async function plansOf(given: {
  readonly file: TodoFile;
  readonly repo: string;
  readonly lines: readonly TodoTask[];
}): Promise<ReadonlyMap<string, string>> {
  const { file, repo, lines } = given;
  const paths = new Set(lines.flatMap(({ plan }) => plan?.split('#')[0] ?? []));
  const plans = new Map<string, string>();
  for (const path of paths) {
    const text = await file.linked({ root: repo, path });
    if (text !== null) plans.set(path, text);
  }
  return plans;
}

/**
 * Issues that the forge reports as changed may belong to lines that would not have been asked for, and those name others: so
 * long as there are such, they are asked for as well.
 */
async function readIssues(given: {
  readonly ask: SyncAsk;
  readonly last: LastSync | null;
  readonly lines: readonly TodoTask[];
  readonly toRead: Omit<ToRead, 'numbers'>;
}): Promise<{ readonly issues: readonly Issue[]; readonly gone: readonly GoneIssue[]; readonly until: Instant | null }> {
  const { ask, last, lines, toRead } = given;
  const { policy, at } = ask;
  const ofLines = new Set(lines.flatMap((todo) => numbered(todo, toRead.remembered).map(([number]) => number)));
  const issues = new Map<number, Issue>();
  const gone = new Map<number, GoneIssue>();
  // Of the first answer only: what changed between two answers may be in none of them.
  let until: Instant | null | undefined;
  let wanted = numbersToRead({ ...toRead, numbers: last === null ? ofLines : new Set(last.attention) });
  let since = last?.until ?? null;
  for (;;) {
    const read: IssueRead = await ask.issues.read({
      ...{ repository: at, labels: [policy.intake], since, numbers: wanted, intake: policy.intake },
      isOurs: (comment) => isOurComment({ comment, policy }),
    });
    for (const issue of read.issues) issues.set(issue.number, issue);
    for (const one of read.gone) gone.set(one.number, one);
    until ??= read.until;
    const asked = new Set([...wanted, ...issues.keys(), ...gone.keys()]);
    const changed = new Set([...asked].filter((number) => ofLines.has(number)));
    wanted = numbersToRead({ ...toRead, numbers: changed }).filter((number) => !asked.has(number));
    if (wanted.length === 0) return { issues: [...issues.values()], gone: [...gone.values()], until: until ?? null };
    since = null;
  }
}

function numbered(todo: TodoTask, remembered: SyncFacts['remembered']): readonly (readonly [number, string])[] {
  const number = numberOf(todo) ?? remembered.get(todo.id)?.number ?? null;
  return number === null ? [] : [[number, todo.id]];
}

function withoutMarker(issue: Issue): Issue {
  const { comment } = issue;
  return comment === null ? issue : { ...issue, comment: { ...comment, text: unmarkedComment(comment.text) } };
}
