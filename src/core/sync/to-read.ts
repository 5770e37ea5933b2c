// Which issues of lines have to be read. Those of closed lines that are as they were when both sides were last made the same
// are left out, because in time nearly all lines are closed; the forge tells if such an issue has changed. Whoever is read
// needs those that it waits for, and those that wait for it, because our part of an issue names them, and the issue above it.
import { parseTodo, type TodoTask } from '../todo/line.ts';
import type { TodoList } from '../todo/words.ts';
import { hashOf, setText, textFields } from './fields.ts';
import { numberOf } from './pair-up.ts';
import { listView } from './part-facts.ts';
import type { SyncFacts } from './sync-facts.ts';
import { valuesOfLine } from './values.ts';

export interface ToRead {
  readonly list: TodoList;
  readonly intake: string;
  readonly briefs: ReadonlyMap<string, string>;
  readonly remembered: SyncFacts['remembered'];
  /** Issues that have to be read whatever their lines say: there was something about them, or the forge says that they changed. */
  readonly numbers: ReadonlySet<number>;
}

/** In ascending order. */
export function numbersToRead(given: ToRead): readonly number[] {
  const { list, remembered, numbers } = given;
  const { tasks } = parseTodo(list);
  const view = listView(tasks);
  const ofTask = (todo: TodoTask): number | null => numberOf(todo) ?? remembered.get(todo.id)?.number ?? null;
  const found = new Map<string, number>();
  const visit = (id: string): void => {
    const todo = view.tasks.get(id);
    const number = todo === undefined ? null : ofTask(todo);
    if (number === null || found.has(id)) return;
    found.set(id, number);
    for (const other of [view.blockedBy.get(id) ?? [], view.blocks.get(id) ?? [], todo?.parent ?? []].flat()) visit(other);
  };
  for (const todo of tasks) {
    const number = ofTask(todo);
    if (number !== null && (numbers.has(number) || !isQuiet({ ...given, todo, number }))) visit(todo.id);
  }
  return [...new Set([...found.values(), ...numbers])].sort((a, b) => a - b);
}

function isQuiet(given: ToRead & { readonly todo: TodoTask; readonly number: number }): boolean {
  const { list, intake, briefs, remembered, todo, number } = given;
  const known = remembered.get(todo.id);
  if (todo.mark === 'open' || known === undefined || known.number !== number || known.next !== null || known.own.frozen.length > 0)
    return false;
  const { hashes, elements } = known.own;
  const numbers = new Map(todo.blockedBy.map((id) => [id, 0] as const));
  const values = valuesOfLine({ ids: list.ids, intake, numbers, todo, brief: briefs.get(todo.id) ?? null });
  const waits = new Set(values.blockedBy.map(hashOf));
  return (
    textFields.every((field) => hashes[field][0] === hashOf(values[field])) &&
    hashes.tags[0] === hashOf(setText(values.tags)) &&
    (elements.blockedBy ?? []).every((hash) => waits.has(hash)) &&
    numberOf(todo) === number
  );
}
