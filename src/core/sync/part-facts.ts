// Gathers from the list what our part of an issue says about a task.
import { wordsOf } from '../todo/below.ts';
import { todoHeads } from '../todo/head.ts';
import type { TodoTask } from '../todo/line.ts';
import { lineBody } from './line-body.ts';
import { statusOf, type Status } from './labels.ts';
import type { Neighbour, PartFacts } from './our-part.ts';
import { sectionOf } from './plan-section.ts';
import type { SyncFacts, SyncTask } from './sync-facts.ts';
import type { TokenName } from '../todo/words.ts';

/** The list in the form in which many tasks are looked up. */
export interface ListView {
  readonly tasks: ReadonlyMap<string, TodoTask>;
  readonly children: ReadonlyMap<string, readonly TodoTask[]>;
  /** Who names a task in `blocked-by:`; from both tokens. */
  readonly blocks: ReadonlyMap<string, readonly string[]>;
  readonly blockedBy: ReadonlyMap<string, readonly string[]>;
}

export function listView(tasks: readonly TodoTask[]): ListView {
  const children = new Map<string, TodoTask[]>();
  const blocks = new Map<string, string[]>();
  const blockedBy = new Map<string, string[]>();
  const add = <T>(map: Map<string, T[]>, key: string, value: T): void => {
    const known = map.get(key) ?? [];
    if (!known.includes(value)) map.set(key, [...known, value]);
  };
  const wait = (id: string, other: string): void => {
    add(blockedBy, id, other);
    add(blocks, other, id);
  };
  for (const task of tasks) {
    if (task.parent !== null) add(children, task.parent, task);
    for (const other of task.blockedBy) wait(task.id, other);
    for (const other of task.blocks) wait(other, task.id);
  }
  return { tasks: new Map(tasks.map((task) => [task.id, task])), children, blocks, blockedBy };
}

export function statusLabel({ todo, task }: { readonly todo: TodoTask; readonly task: SyncTask | null }): Status {
  return statusOf({ state: task?.state ?? null, verifyFailed: task?.verifyFailed ?? false, isClosed: todo.mark !== 'open' });
}

export function partOf(given: {
  readonly facts: SyncFacts;
  readonly view: ListView;
  readonly numbers: ReadonlyMap<string, number>;
  readonly plan: { readonly task: SyncTask | null };
  readonly todo: TodoTask;
}): PartFacts {
  const { facts, view, numbers, plan, todo } = given;
  const heads = todoHeads(facts.list).heads.filter(({ id }) => id === todo.id);
  const tokens = heads.flatMap((head) => wordsOf(facts.list, head).flatMap((words) => words.tokens));
  const written = (name: TokenName): string | null => tokens.find((token) => token.name === name && token.fault === null)?.value ?? null;
  const brief = facts.briefs.get(todo.id) ?? null;
  return partFacts({ todo, view, status: statusLabel({ todo, task: plan.task }), brief, plans: facts.plans, numbers, written });
}

function partFacts(given: {
  readonly todo: TodoTask;
  readonly view: ListView;
  readonly status: Status;
  readonly brief: string | null;
  readonly plans: ReadonlyMap<string, string>;
  readonly numbers: ReadonlyMap<string, number>;
  /** A token of the line as it is written. */
  readonly written: (name: TokenName) => string | null;
}): PartFacts {
  const { todo, view, status, brief, numbers, written } = given;
  const { id, logged, started, completed, tags, body } = todo;
  const named = (ids: readonly string[] | undefined): readonly Neighbour[] =>
    (ids ?? []).map((one) => ({ id: one, number: numbers.get(one) ?? null }));
  return {
    id,
    status: todo.mark === 'declined' ? 'declined' : status.replaceAll('-', ' '),
    estimate: written('estimate'),
    dates: { logged, started, completed },
    tags,
    blockedBy: named(view.blockedBy.get(id)),
    blocks: named(view.blocks.get(id)),
    subtasks: (view.children.get(id) ?? []).map((child) => ({ id: child.id, title: child.title, mark: child.mark })),
    notes: lineBody({ body, brief }).notes,
    plan: planOf(given),
  };
}

/** A subtask without a plan of its own has its parent's. */
function planOf(given: {
  readonly todo: TodoTask;
  readonly view: ListView;
  readonly plans: ReadonlyMap<string, string>;
}): PartFacts['plan'] {
  const { view, plans } = given;
  const seen = new Set<string>();
  for (let todo: TodoTask | undefined = given.todo; todo !== undefined && !seen.has(todo.id);) {
    seen.add(todo.id);
    const { plan } = todo;
    // A brief that the line names is the task's own text.
    if (plan !== null && !plan.startsWith('todo/tasks/')) {
      const [path = '', anchor] = plan.split('#');
      const text = plans.get(path);
      return { place: plan, text: text === undefined || anchor === undefined ? null : sectionOf({ text, anchor }) };
    }
    todo = todo.parent === null ? undefined : view.tasks.get(todo.parent);
  }
  return null;
}
