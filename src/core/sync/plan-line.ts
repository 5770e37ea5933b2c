// What changes in the list because of an issue: the task's line, its text, and the state of the task.
import { parseTodo, type TodoTask } from '../todo/line.ts';
import type { TodoList } from '../todo/words.ts';
import type { Field, Values } from './fields.ts';
import { hasIntakeLabel, trustedMarker, trustedText } from './intake.ts';
import { readIssueBody, type IssueBody } from './issue-body.ts';
import { moveOf } from './issue-state.ts';
import { judgePair, type Judged } from './judge-pair.ts';
import { limited, withoutField } from './left-out.ts';
import type { Notice, Pair } from './pair-up.ts';
import type { Change } from './sync-plan.ts';
import { noSnapshot, sameSnapshot, type Snapshot } from './snapshot.ts';
import type { Remembered, SyncFacts, SyncTask } from './sync-facts.ts';
import { lineSetFor, valuesOfIssue, valuesOfLine } from './values.ts';
import { writeLine, type LineSet } from './write-line.ts';

export interface LinePlan {
  /** The list after the changes, and the task's brief if that is written. */
  readonly text: string;
  readonly brief: string | null;
  readonly changes: readonly Change[];
  readonly judged: Judged;
  readonly notices: readonly Notice[];
  /** The task as it is after the changes. */
  readonly task: SyncTask | null;
  readonly body: IssueBody;
  readonly base: Snapshot;
  /** See `MergeFacts.own`. */
  readonly own: Snapshot | null;
  /** The login that we assigned. */
  readonly ours: string | null;
  /** A stranger has edited the issue: its text is neither read nor written. */
  readonly isHeld: boolean;
  /** The values that were common before. */
  readonly values: Partial<Values>;
  /** The issue's values before the changes. */
  readonly issue: Values;
}

export function planLine({
  facts,
  pair,
  numbers,
}: {
  readonly facts: SyncFacts;
  readonly pair: Pair;
  readonly numbers: ReadonlyMap<string, number>;
}): LinePlan {
  const { policy, list } = facts;
  const { todo, issue } = pair;
  const { id } = todo;
  const task = facts.tasks.get(id) ?? null;
  const text = trustedText({ issue, policy });
  const isHeld = !text.trusted || text.heldBy !== null;
  const body = readIssueBody(issue.body);
  const found = trustedMarker({ issue, policy });
  const marker = found?.task === id ? found : null;
  const { base, own, values } = baseOf({ facts, pair, found: marker?.base ?? null });
  const ours = marker?.assigned ?? null;
  const common = { ids: list.ids, intake: policy.intake, numbers };
  const line = valuesOfLine({ ...common, todo, brief: facts.briefs.get(id) ?? null });
  const isWanted = hasIntakeLabel({ issue, policy });
  const there = valuesOfIssue({ ...common, id, issue, text: { title: issue.title, body, isWanted, ours }, line });
  const merge = { todo: line, issue: there, base, own, onward: facts.onward, keep: facts.keep.get(id) ?? {} };
  const judged = isHeld
    ? nothingFlows
    : limited({
        flows: facts.flows,
        judged: judgePair({ merge, todo, number: issue.number, task, values, hasDependencies: issue.dependencies !== null }),
      });
  const written = writeFields({ facts, pair, line, judged, there });
  const changes = changesOf({ pair, task, judged: written.judged, sets: written.sets, line });
  return {
    text: written.text,
    brief: written.brief,
    changes,
    judged: written.judged,
    notices: [
      ...(isHeld ? [held({ pair, by: text.trusted ? text.heldBy : null })] : []),
      ...behind({ pair, judged }),
      ...written.judged.notices,
      ...written.notices,
    ],
    task: taskAfter({ task, changes }),
    body,
    base,
    own,
    values,
    ours,
    isHeld,
    issue: there,
  };
}

const nothingFlows: Judged = {
  toTodo: [],
  toIssue: [],
  common: {},
  frozen: [],
  behind: [],
  conflicts: [],
  mark: null,
  closing: null,
  notices: [],
};

/** The newest snapshot that anybody here knows of: an old body that was saved over a newer one does not count. */
function baseOf(given: { facts: SyncFacts; pair: Pair; found: Snapshot | null }): {
  base: Snapshot;
  own: Snapshot | null;
  values: Partial<Values>;
} {
  const { facts, pair, found } = given;
  const remembered = facts.remembered.get(pair.todo.id);
  if (remembered === undefined || remembered.number !== pair.issue.number) return { base: found ?? noSnapshot, own: null, values: {} };
  const own = knownOf({ remembered, found });
  return { base: found !== null && found.rev >= own.rev ? found : own, own, values: remembered.values };
}

/** A write whose answer was lost has arrived if the marker says so. */
function knownOf({ remembered, found }: { remembered: Remembered; found: Snapshot | null }): Snapshot {
  const { own, next } = remembered;
  return found !== null && next !== null && sameSnapshot(found, next) ? next : own;
}

interface Writing {
  readonly facts: SyncFacts;
  readonly pair: Pair;
  readonly line: Values;
  readonly judged: Judged;
  readonly there: Values;
}

/** Field by field, so that one that the list cannot say does not keep the others back. */
function writeFields(given: Writing): {
  text: string;
  brief: string | null;
  sets: readonly LineSet[];
  judged: Judged;
  notices: readonly Notice[];
} {
  const { facts, pair, line, there } = given;
  const { todo, issue } = pair;
  const brief = facts.briefs.get(todo.id) ?? null;
  const to: Values = { ...there, ...given.judged.common };
  let { judged } = given;
  let list: TodoList = facts.list;
  let newBrief: string | null = null;
  const sets: LineSet[] = [];
  const notices: Notice[] = [];
  const write = (set: LineSet): boolean => {
    const written = writeLine({ list, id: todo.id, brief: newBrief ?? brief, set });
    if (written === null) return false;
    list = { ...list, text: written.text };
    newBrief = written.brief ?? newBrief;
    sets.push(set);
    return true;
  };
  if (pair.lacksRef) write({ ref: issue.number });
  for (const field of judged.toTodo) {
    const now = taskOf(list, todo);
    const set = field === 'state' ? { mark: judged.mark } : lineSetFor({ field, from: line, to, todo: now, intake: facts.policy.intake });
    if (write(set)) continue;
    judged = withoutField({ judged, field });
    notices.push(unwritable({ pair, field }));
  }
  return { text: list.text, brief: newBrief, sets, judged, notices };
}

function taskOf(list: TodoList, todo: TodoTask): TodoTask {
  const [now = todo] = parseTodo(list).tasks.filter(({ id }) => id === todo.id);
  return now;
}

function changesOf(given: {
  pair: Pair;
  task: SyncTask | null;
  judged: Judged;
  sets: readonly LineSet[];
  line: Values;
}): readonly Change[] {
  const { pair, task, judged, sets, line } = given;
  const { todo, issue } = pair;
  const to = judged.mark === null ? null : moveOf({ to: judged.mark, task });
  const by = issue.state === 'open' ? issue.reopenedBy : issue.closedBy;
  return [
    ...(to === null ? [] : [{ do: 'move-task', task: todo.id, to, number: issue.number, by } as const]),
    ...(sets.length === 0 ? [] : [{ do: 'write-line', task: todo.id, from: line, set: Object.assign({}, ...sets) as LineSet } as const]),
  ];
}

function taskAfter({ task, changes }: { task: SyncTask | null; changes: readonly Change[] }): SyncTask | null {
  const move = changes.find((change) => change.do === 'move-task');
  return task === null || move === undefined ? task : { ...task, state: move.to, evidence: null, verifyFailed: false };
}

function held({ pair, by }: { pair: Pair; by: string | null }): Notice {
  const { todo, issue } = pair;
  const who = by === null ? 'nobody with write access has labelled it yet' : `${by}, who has no write access, has edited it`;
  return {
    code: 'held',
    task: todo.id,
    number: issue.number,
    message: `the text of issue #${issue.number} (${todo.id}) does not count: ${who}`,
    hint: 'read the issue; if the text may count, remove the label and add it again',
  };
}

function behind({ pair, judged }: { pair: Pair; judged: Judged }): readonly Notice[] {
  const names = judged.conflicts.flatMap(({ field, why }) => (why === 'behind' ? field : []));
  if (names.length === 0) return [];
  const { todo, issue } = pair;
  return [
    {
      code: 'behind',
      task: todo.id,
      number: issue.number,
      message: `the line of ${todo.id} may be older than what another machine made the same as issue #${issue.number} (${names.join(', ')}); neither is changed`,
      hint: `bring TODO.md up to date (git pull); or, if the line is right, run: yardmaster issues resolve ${todo.id} --keep todo`,
    },
  ];
}

function unwritable({ pair, field }: { pair: Pair; field: Field }): Notice {
  const { todo, issue } = pair;
  return {
    code: 'unwritable',
    task: todo.id,
    number: issue.number,
    message: `the ${field} of issue #${issue.number} cannot be written into TODO.md as part of ${todo.id}`,
    hint: `change the line of ${todo.id} by hand, so that both say the same`,
  };
}
