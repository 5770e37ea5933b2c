// Carries a plan out, change by change. If one fails, the later ones of the same task are left out. Around the write of an
// issue it is stored what that writes, so that a death in between leaves nothing that a later sync takes for an edit.
import { Fault } from '../../core/fault.ts';
import { repositoryName } from '../../core/delivery/pull-facts.ts';
import { markedComment } from '../../core/sync/comment-marker.ts';
import { isTrusted } from '../../core/sync/intake.ts';
import { markerIn } from '../../core/sync/issue-body.ts';
import { aboutOf } from '../../core/sync/pending.ts';
import type { Notice } from '../../core/sync/pair-up.ts';
import type { Change, SyncPlan } from '../../core/sync/sync-plan.ts';
import type { Remembered } from '../../core/sync/sync-facts.ts';
import type { Written } from '../../ports/forge-issues.ts';
import type { SyncAsk } from '../../ports/issue-sync.ts';
import type { Ports } from './gather.ts';
import { changeLine, nameIssue, newLine, type ListAt } from './write-list.ts';

export interface Carried {
  readonly done: readonly Change[];
  /** By task: why something of it was left out. */
  readonly left: ReadonlyMap<string, string>;
  /** Parents that the forge refuses. They are remembered all the same, so that they are not asked for again. */
  readonly refused: readonly Notice[];
}

export async function carryOut(
  ports: Ports,
  { ask, plan }: { readonly ask: SyncAsk; readonly plan: Pick<SyncPlan, 'changes' | 'seen' | 'numbers'> },
): Promise<Carried> {
  const done: Change[] = [];
  const left = new Map<string, string>();
  const refused: Notice[] = [];
  for (const change of plan.changes) {
    if (ask.signal.aborted) throw new Fault({ code: 'stopped', message: 'the sync of issues was stopped', hint: 'the next one goes on' });
    const { task } = aboutOf({ change, numbers: plan.numbers });
    if (left.has(task)) continue;
    const failure = await tried(() => carry(ports, { ask, change }));
    if (failure === null) done.push(change);
    else if (change.do === 'set-parent' && failure.isRefused) refused.push(parentRefused({ change, why: failure.why }));
    else left.set(task, failure.why);
  }
  const known = await ports.store.rememberedIssues(issuesOf(ask));
  for (const one of plan.seen) {
    const after: Remembered = { number: one.number, own: one.own, next: null, values: one.values };
    const before = known.get(one.task);
    if (left.has(one.task) || (before !== undefined && JSON.stringify(before) === JSON.stringify(after))) continue;
    await ports.store.rememberIssue({ ...issuesOf(ask), task: one.task, change: () => after });
  }
  return { done, left, refused };
}

function issuesOf({ repo, at }: Pick<SyncAsk, 'repo' | 'at'>): { readonly repo: string; readonly forge: string } {
  return { repo, forge: repositoryName(at) };
}

/** Null if it was carried out. What the forge refuses of one issue keeps nothing else from being carried out. */
async function tried(work: () => Promise<boolean>): Promise<{ readonly why: string; readonly isRefused: boolean } | null> {
  try {
    return (await work()) ? null : { why: 'it was changed meanwhile', isRefused: false };
  } catch (error) {
    const isRefused = error instanceof Fault && error.code === 'forge-refused' && !concernsAll(error);
    if (isRefused || (error instanceof Fault && error.code === 'forge-gone')) return { why: error.message, isRefused };
    throw error;
  }
}

function parentRefused({ change, why }: { readonly change: Change & { readonly do: 'set-parent' }; readonly why: string }): Notice {
  const { task, number, from, to } = change;
  const what = to === null ? `stays a sub-issue of #${from}` : `cannot be made a sub-issue of #${to}`;
  const message = `issue #${number} of ${task} ${what}: ${why}`;
  const hint = `it is not tried again: set the parent of the issue yourself, or give the line of ${task} another parent`;
  return { code: 'parent-refused', task, number, message, hint };
}

/** The token is not accepted, or lacks a right: nothing else would be carried out either. 400 and 422 are about one request. */
function concernsAll({ data }: Fault): boolean {
  return data['status'] !== 422 && data['status'] !== 400;
}

async function carry(ports: Ports, { ask, change }: { readonly ask: SyncAsk; readonly change: Change }): Promise<boolean> {
  const { issues, at: repository, tasks } = ask;
  const { passing } = ports;
  const list: ListAt = { file: ports.file, repo: ask.repo, ids: ask.ids, intake: ask.policy.intake, passing };
  switch (change.do) {
    case 'move-task':
      if (!(await tasks.move(change))) return false;
      passing('issue-task-moved');
      return true;
    case 'write-line':
      return changeLine(list, change);
    case 'add-line':
      return newLine(list, change);
    case 'depend':
      await issues.depend({ repository, number: change.number, on: change.on, is: change.is });
      return true;
    case 'set-parent':
      return issues.setParent({ repository, number: change.number, from: change.from, to: change.to });
    case 'write-issue':
      return writeIssue(ports, { ask, change });
    case 'create-issue': {
      const number = await issues.create({
        repository,
        content: change.content,
        isOurs: (body) => isIssueOf({ ask, body, task: change.task }),
      });
      passing('issue-opened');
      // What is remembered of it is stored in the next round, which reads what it says: an earlier call may have opened it.
      return nameIssue(list, { id: change.task, number });
    }
    case 'comment':
      await issues.comment({ repository, number: change.number, id: change.id, text: markedComment(change.text) });
      passing('issue-commented');
      return true;
  }
}

async function writeIssue(
  ports: Ports,
  { ask, change }: { readonly ask: SyncAsk; readonly change: Change & { readonly do: 'write-issue' } },
): Promise<boolean> {
  const { issues, at: repository } = ask;
  const { task, number, from, set, snapshot, own, values } = change;
  const of = { ...issuesOf(ask), task };
  await ports.store.rememberIssue({ ...of, change: (known) => (known?.number === number ? { ...known, next: snapshot } : null) });
  ports.passing('issue-change-recorded');
  if (!(await issues.write({ repository, number, from, set }))) return false;
  ports.passing('issue-changed');
  await ports.store.rememberIssue({ ...of, change: () => ({ number, own, next: null, values }) });
  return true;
}

/** A stranger's issue may pretend to be one of ours. */
function isIssueOf({ ask, body, task }: { readonly ask: SyncAsk; readonly body: Written; readonly task: string }): boolean {
  const marker = isTrusted({ person: body.by, policy: ask.policy }) ? markerIn(body.text) : null;
  return marker !== null && marker.repo === ask.policy.repo && marker.task === task;
}
