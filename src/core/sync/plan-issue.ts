// What changes at an issue because of the list and the task: one write with everything in it, the issues that it waits for
// and the one above it before that, and our one comment.
import { setText, type Field, type Values } from './fields.ts';
import { commentText } from './issue-state.ts';
import { contentOf, draftIssue, type IssueContent } from './issue-draft.ts';
import { sameSet, type Judged } from './judge-pair.ts';
import { labelsFor } from './labels.ts';
import type { Notice, Pair } from './pair-up.ts';
import { planParent, type ParentPlan } from './parent.ts';
import { partOf, statusLabel, type ListView } from './part-facts.ts';
import type { PartFacts } from './our-part.ts';
import type { Change, SyncPlan } from './sync-plan.ts';
import type { LinePlan } from './plan-line.ts';
import { knownAfter, nextSnapshot, noSnapshot, type Snapshot } from './snapshot.ts';
import type { SyncFacts } from './sync-facts.ts';
import { valuesOfLine } from './values.ts';
import type { TodoTask } from '../todo/line.ts';

export interface Outcome {
  readonly changes: readonly Change[];
  readonly notices: readonly Notice[];
  readonly seen: SyncPlan['seen'][number] | null;
}

interface Given {
  readonly facts: SyncFacts;
  readonly view: ListView;
  readonly pair: Pair;
  readonly plan: LinePlan;
  readonly numbers: ReadonlyMap<string, number>;
}

export function planIssue(given: Given): Outcome {
  const { facts, view, pair, plan, numbers } = given;
  const { issue } = pair;
  const [todo = pair.todo] = [view.tasks.get(pair.todo.id)];
  const about = { task: todo.id, number: issue.number };
  const line = valuesOfLine({ ids: facts.list.ids, intake: facts.policy.intake, numbers, todo, brief: facts.briefs.get(todo.id) ?? null });
  if (plan.isHeld) {
    const set = { labels: heldLabels({ facts, issue, todo, plan }) };
    const changes = [
      ...writeOf({ ...about, issue, set, fields: [], snapshot: plan.base, own: plan.own ?? noSnapshot, values: plan.values }),
      ...commentOf({ facts, pair, todo, plan, content: contentOf(issue) }),
    ];
    return { changes, notices: [], seen: null };
  }
  const part = partOf({ ...given, todo });
  const parent = parentOf({ ...given, todo });
  const { parents } = parent;
  const first = drafted({ ...given, todo, line, part, parents, judged: plan.judged });
  const tooLong = !first.hasRoom && plan.judged.toIssue.includes('body');
  const judged = tooLong ? withoutBody(plan.judged) : plan.judged;
  const { content, hasRoom, snapshot } = tooLong ? drafted({ ...given, todo, line, part, parents, judged }) : first;
  const known = knownAfter({ snapshot, line, behind: judged.behind });
  const own = parent.isBehind ? { ...known, parents: [parent.wanted] } : known;
  const values = { ...plan.values, ...judged.common };
  const fields = judged.toIssue.filter((field) => field !== 'blockedBy');
  const changes = [
    ...dependencies(given),
    ...(parent.change === null ? [] : [{ do: 'set-parent', ...about, ...parent.change } as const]),
    ...writeOf({ ...about, issue, set: content, fields, snapshot, own, values }),
    ...commentOf({ facts, pair, todo, plan, content }),
  ];
  const notices = [
    ...(tooLong ? [bodyTooLong(about)] : []),
    ...(hasRoom ? [] : [noRoom(about)]),
    ...(parent.isBehind ? [parentBehind(about)] : []),
  ];
  return { changes, notices, seen: { ...about, own, values } };
}

/** Where issues are not written, nothing is remembered of it either. */
function parentOf({ facts, pair, plan, numbers, todo }: Given & { todo: TodoTask }): ParentPlan {
  const { base, own } = plan;
  const present = facts.flows === 'todo' ? null : pair.issue.parent;
  const wanted = todo.parent === null ? null : (numbers.get(todo.parent) ?? null);
  return planParent({ wanted, present, base, own, onward: facts.onward });
}

function drafted(given: Given & { todo: TodoTask; line: Values; part: PartFacts; parents: Snapshot['parents']; judged: Judged }): {
  content: IssueContent;
  hasRoom: boolean;
  snapshot: Snapshot;
} {
  const { facts, pair, plan, todo, line, part, parents, judged } = given;
  const { policy, list } = facts;
  const { issue } = pair;
  const snapshot = nextSnapshot({ last: plan.base, common: judged.common, frozen: judged.frozen, named: given.numbers.keys(), parents });
  const uncounted = issue.labels.filter(
    (label) => label.toLowerCase() === policy.intake.toLowerCase() && !plan.issue.tags.includes(label.toLowerCase()),
  );
  const status = statusLabel({ todo, task: plan.task });
  const tags = judged.common.tags ?? plan.issue.tags;
  const draft = draftIssue({
    ...{ policy, ids: list.ids, issue, body: plan.body, judged, tags, line },
    ...{
      title: todo.title,
      part,
      task: plan.task,
      snapshot,
      status,
      ours: plan.ours,
      uncounted: uncounted.map((label) => label.toLowerCase()),
    },
  });
  return { ...draft, snapshot };
}

function withoutBody(judged: Judged): Judged {
  const { body: _left, ...common } = judged.common;
  return { ...judged, common, toIssue: judged.toIssue.filter((field) => field !== 'body') };
}

function heldLabels({
  facts,
  issue,
  todo,
  plan,
}: {
  facts: SyncFacts;
  issue: Pair['issue'];
  todo: TodoTask;
  plan: LinePlan;
}): readonly string[] {
  const { policy } = facts;
  const tags = [...plan.issue.tags, policy.intake.toLowerCase()].filter((tag) => issue.labels.some((label) => label.toLowerCase() === tag));
  return labelsFor({
    now: issue.labels,
    tags,
    intake: policy.intake,
    status: statusLabel({ todo, task: plan.task }),
    dispatched: plan.task?.dispatched ?? null,
    implemented: plan.task?.implemented ?? null,
  });
}

/** Only those that the line names or no longer names: other issues that it waits for are none of ours. */
function dependencies({ pair, plan, numbers }: Given): readonly Change[] {
  const to = plan.judged.common.blockedBy;
  if (to === undefined) return [];
  const { number } = pair.issue;
  const from = plan.issue.blockedBy;
  const change = (ids: readonly string[], is: boolean): readonly Change[] =>
    [...numbers].flatMap(([id, on]) => (ids.includes(id) ? { do: 'depend', number, on, is } : []));
  return [
    ...change(
      to.filter((id) => !from.includes(id)),
      true,
    ),
    ...change(
      from.filter((id) => !to.includes(id)),
      false,
    ),
  ];
}

function writeOf(given: {
  task: string;
  number: number;
  issue: Pair['issue'];
  set: Partial<IssueContent>;
  fields: readonly Field[];
  snapshot: Snapshot;
  own: Snapshot;
  values: Partial<Values>;
}): readonly Change[] {
  const { task, number, issue, fields, snapshot, own, values } = given;
  const from = contentOf(issue);
  const set = changed({ from, to: { ...from, ...given.set } });
  return Object.keys(set).length === 0 ? [] : [{ do: 'write-issue', task, number, from, set, fields, snapshot, own, values }];
}

function changed({ from, to }: { from: IssueContent; to: IssueContent }): Partial<IssueContent> {
  return {
    ...(to.title === from.title ? {} : { title: to.title }),
    ...(to.body === from.body ? {} : { body: to.body }),
    ...(to.state === from.state ? {} : { state: to.state, reason: to.reason }),
    ...(sameSet(to.labels, from.labels) ? {} : { labels: to.labels }),
    ...(setText(to.assignees) === setText(from.assignees) ? {} : { assignees: to.assignees }),
  };
}

function commentOf(given: { facts: SyncFacts; pair: Pair; todo: TodoTask; plan: LinePlan; content: IssueContent }): readonly Change[] {
  const { facts, pair, todo, plan, content } = given;
  const { issue } = pair;
  const { me } = facts.policy;
  const after =
    content.state === issue.state
      ? issue
      : content.state === 'open'
        ? { ...issue, state: content.state, reopenedBy: me }
        : { ...issue, state: content.state, closedBy: me };
  const said = { id: todo.id, mark: todo.mark, task: plan.task, issue: after };
  const text = commentText({ ...said, me });
  // Another machine may sign in with another login. What its sync did, and said, was not done by a person.
  const others = [after.closedBy, after.reopenedBy].flatMap((login) => (login === null ? [] : (commentText({ ...said, me: login }) ?? [])));
  if (text === null || [text, ...others].includes(issue.comment?.text ?? '')) return [];
  return [{ do: 'comment', number: issue.number, id: issue.comment?.id ?? null, text }];
}

interface About {
  readonly task: string;
  readonly number: number;
}

function bodyTooLong(about: About): Notice {
  const message = `the text of ${about.task} is too long for issue #${about.number}, which keeps the text that it has`;
  return { ...about, code: 'body-too-long', message, hint: 'shorten the text, or move a part of it into a file that it names' };
}

function parentBehind(about: About): Notice {
  const message = `the parent of ${about.task} in TODO.md may be older than what another machine set at issue #${about.number}, which stays as it is`;
  return {
    ...about,
    code: 'behind',
    message,
    hint: 'bring TODO.md up to date (git pull); or, if the line is right, set the parent of the issue yourself',
  };
}

function noRoom(about: About): Notice {
  const message = `issue #${about.number} of ${about.task} is so long that there is no room for our part in it`;
  return { ...about, code: 'no-room', message, hint: 'shorten the text of the issue' };
}
