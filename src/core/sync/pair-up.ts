// Which issue belongs to which task. The line's `ref:GH#N` decides; else what we remember; else the marker in a text of
// somebody who may write, or the id in such a title. Two equal titles are only proposed to a person. What cannot be paired
// is told, and nothing is done about it.
import type { TodoTask } from '../todo/line.ts';
import { commonTitle } from './common-title.ts';
import { goneText, intakeText, titleParts, trustedMarker } from './intake.ts';
import type { Marker } from './issue-body.ts';
import type { Issue, SyncFacts } from './sync-facts.ts';

export interface Notice {
  readonly code:
    | 'behind'
    | 'body-too-long'
    | 'closed-in-review'
    | 'doubled'
    | 'gone'
    | 'held'
    | 'line-gone'
    | 'no-evidence'
    | 'no-room'
    | 'not-an-issue'
    | 'parent-refused'
    | 'same-title'
    | 'unwritable';
  readonly task: string | null;
  readonly number: number | null;
  readonly message: string;
  readonly hint: string;
}

export interface Pair {
  readonly todo: TodoTask;
  readonly issue: Issue;
  /** The line does not name the issue yet. */
  readonly lacksRef: boolean;
}

export interface Arriving {
  readonly issue: Issue;
  readonly text: { readonly title: string; readonly body: string };
}

export interface PairedUp {
  readonly pairs: readonly Pair[];
  /** Issues that become lines. */
  readonly arrivals: readonly Arriving[];
  /** Lines that have no issue, and that no issue may belong to. */
  readonly single: readonly TodoTask[];
  readonly notices: readonly Notice[];
}

export function pairUp({ facts, lines }: { readonly facts: SyncFacts; readonly lines: readonly TodoTask[] }): PairedUp {
  const notices: Notice[] = [];
  const issues = new Map(facts.issues.map((issue) => [issue.number, issue]));
  const pairs = new Map<number, Pair>();
  const single: TodoTask[] = [];
  for (const todo of lines) {
    const named = numberOf(todo);
    const number = named ?? facts.remembered.get(todo.id)?.number ?? null;
    if (number === null) {
      single.push(todo);
      continue;
    }
    const issue = issues.get(number);
    const other = pairs.get(number);
    const notice = obstacleOf({ facts, todo, number, issue, other });
    if (notice !== null) notices.push(notice);
    else if (issue !== undefined) pairs.set(number, { todo, issue, lacksRef: named === null });
  }
  const rest = facts.issues.filter(
    ({ number, isPull }) => !pairs.has(number) && !isPull && !lines.some((todo) => numberOf(todo) === number),
  );
  return sorted({ facts, lines, pairs, single, rest, notices });
}

/** Also of a line with more than one reference: the first one counts. */
export function numberOf({ refs }: Pick<TodoTask, 'refs'>): number | null {
  const found = refs.flatMap((ref) => /^GH#(\d{1,9})$/.exec(ref)?.[1] ?? []);
  return found[0] === undefined ? null : Number(found[0]);
}

function obstacleOf(given: {
  facts: SyncFacts;
  todo: TodoTask;
  number: number;
  issue: Issue | undefined;
  other: Pair | undefined;
}): Notice | null {
  const { facts, todo, number, issue, other } = given;
  const about = { task: todo.id, number };
  const gone = facts.gone.find((one) => one.number === number);
  if (gone !== undefined) return { ...about, code: 'gone', ...goneText({ task: todo.id, issue: gone }) };
  if (issue?.isPull === true) {
    return {
      ...about,
      code: 'not-an-issue',
      message: `ref:GH#${number} of ${todo.id} names a pull request`,
      hint: `write pr:#${number} instead, if the pull request is the task's`,
    };
  }
  if (other === undefined) return null;
  return {
    ...about,
    code: 'doubled',
    message: `${other.todo.id} and ${todo.id} both name issue #${number}; only ${other.todo.id} is kept the same as the issue`,
    hint: `remove ref:GH#${number} from one of the two lines`,
  };
}

interface Sorting {
  readonly facts: SyncFacts;
  readonly lines: readonly TodoTask[];
  readonly pairs: Map<number, Pair>;
  readonly single: readonly TodoTask[];
  readonly rest: readonly Issue[];
  readonly notices: Notice[];
}

/** Finds the tasks of the other issues. Those of the lowest numbers come first: of two issues, the older one is kept. */
function sorted(given: Sorting): PairedUp {
  const { facts, lines, pairs, notices } = given;
  const free = new Map(given.single.map((todo) => [todo.id, todo]));
  const arrivals: Arriving[] = [];
  for (const issue of given.rest.toSorted((a, b) => a.number - b.number)) {
    const marker = trustedMarker({ issue, policy: facts.policy });
    const id = marker?.task ?? idInTitle({ facts, issue });
    const todo = id === null ? undefined : free.get(id);
    if (todo !== undefined) {
      pairs.set(issue.number, { todo, issue, lacksRef: true });
      free.delete(todo.id);
    } else if (marker !== null) {
      const notice = leftOver({ issue, marker, lines });
      if (notice !== null) notices.push(notice);
    } else {
      const text = intakeText({ issue, policy: facts.policy });
      const twin = text === null ? null : twinOf({ facts, issue, free });
      if (twin !== null) {
        notices.push(sameTitle({ issue, twin }));
        free.delete(twin.id);
      } else if (text !== null) arrivals.push({ issue, text });
    }
  }
  return { pairs: [...pairs.values()], arrivals, single: [...free.values()], notices };
}

function idInTitle({ facts, issue }: { facts: SyncFacts; issue: Issue }): string | null {
  const { list, policy } = facts;
  const text = intakeText({ issue, policy });
  return text === null || text.heldBy !== null ? null : titleParts({ title: text.title, ids: list.ids }).id;
}

function leftOver({ issue, marker, lines }: { issue: Issue; marker: Marker; lines: readonly TodoTask[] }): Notice | null {
  const { task } = marker;
  const about = { task, number: issue.number };
  if (lines.some(({ id }) => id === task)) {
    return {
      ...about,
      code: 'doubled',
      message: `issue #${issue.number} says that it is ${task}, but the line of ${task} names another issue`,
      hint: 'close one of the two issues',
    };
  }
  if (issue.state === 'closed') return null;
  return {
    ...about,
    code: 'line-gone',
    message: `issue #${issue.number} is open, but the line of ${task} is not in TODO.md any more`,
    hint: 'close the issue, or put the line back',
  };
}

function twinOf({ facts, issue, free }: { facts: SyncFacts; issue: Issue; free: ReadonlyMap<string, TodoTask> }): TodoTask | null {
  const { ids } = facts.list;
  const title = commonTitle({ title: titleParts({ title: issue.title, ids }).rest, ids });
  return [...free.values()].find((todo) => todo.mark === 'open' && commonTitle({ title: todo.title, ids }) === title) ?? null;
}

function sameTitle({ issue, twin }: { issue: Issue; twin: TodoTask }): Notice {
  return {
    code: 'same-title',
    task: twin.id,
    number: issue.number,
    message: `issue #${issue.number} has the title of ${twin.id}, and may be the same`,
    hint: `if it is, add ref:GH#${issue.number} to the line of ${twin.id}; if not, change one of the two titles`,
  };
}
