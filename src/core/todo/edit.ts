// Changes the line of one task in a task list, and no other byte: text in, text out. Read again, the edited line says what
// was set, and otherwise the same as before.
import { Fault } from '../fault.ts';
import { paragraphOf, wordsOf } from './below.ts';
import { holdersOf, todoHeads } from './head.ts';
import type { Mark, TaskHead } from './head.ts';
import { explicitParentOf } from './task.ts';
import { isSpace, isToken } from './words.ts';
import type { SingleKey, TodoList } from './words.ts';

export interface TodoEdit {
  readonly id: string;
  readonly mark?: Mark;
  /**
   * Tokens as they stand behind the colon, such as `{completed: '2026-02-07', pr: '#12'}`. A token that the line has
   * already is replaced in its place. The others go before `logged:`, or to the end of the line, in the order given.
   */
  readonly insert?: Readonly<Partial<Record<SingleKey, string>>>;
  /**
   * Those of the inserted keys that give way: if any of the task's lines has the key with another value, that value is
   * the person's own and stays.
   */
  readonly keep?: readonly SingleKey[];
  /** Tokens to remove, each with the blanks before it. */
  readonly without?: readonly Readonly<Partial<Record<SingleKey, string>>>[];
}

export type TodoEdited =
  /** `kept`: the keys that were not inserted, because the person's own value stays. */
  | { readonly edited: true; readonly text: string; readonly kept: readonly SingleKey[] }
  | { readonly edited: false; readonly why: 'unknown-id' | 'duplicate-id' }
  /** A task is not ticked while a task below it is open, be it by dots, by indentation or by `parent:`, at any depth. */
  | { readonly edited: false; readonly why: 'open-children'; readonly children: readonly string[] };

/** Throws a Fault `todo-token-invalid` for a value that could not be read back. Every other outcome is a value. */
export function editTodo(list: TodoList, edit: TodoEdit): TodoEdited {
  const { text, ids } = list;
  const inserts = Object.entries(edit.insert ?? {}) as [SingleKey, string][];
  for (const [key, value] of inserts) check({ key, value, ids });
  const { heads } = todoHeads(list);
  const [head, twin] = heads.filter((one) => one.id === edit.id);
  if (head === undefined) return { edited: false, why: 'unknown-id' };
  if (twin !== undefined) return { edited: false, why: 'duplicate-id' };
  if (edit.mark === 'done' && head.mark !== 'done') {
    const children = openBelow({ ...list, heads, id: edit.id });
    if (children.length > 0) return { edited: false, why: 'open-children', children };
  }
  const kept = ownTokens({ ...list, head, inserts: inserts.filter(([key]) => edit.keep?.includes(key)) });
  const splices = [
    ...markSplice(head, edit.mark),
    ...tokenSplices({ ...list, head, inserts: inserts.filter(([key]) => !kept.includes(key)) }),
    ...cuts({ ...list, head, without: edit.without ?? [] }),
  ];
  return { edited: true, text: apply(text, splices), kept };
}

function check({ key, value, ids }: { key: SingleKey; value: string; ids: string }): void {
  if (isToken({ text: `${key}:${value}`, name: key, ids })) return;
  throw new Fault({
    code: 'todo-token-invalid',
    message: `"${key}:${value}" cannot stand in a task's line`,
    hint: 'a value has no spaces and no backticks, a date is YYYY-MM-DD, a pull request #12, a time 2h',
    data: { key, value },
  });
}

/** Text that replaces what stands between two offsets. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly put: string;
}

const boxes: Readonly<Record<Mark, string>> = { open: ' ', done: 'x', declined: '-' };

function markSplice(head: TaskHead, mark: Mark | undefined): Splice[] {
  // `[X]` is done as well, and stays as it was written.
  if (mark === undefined || mark === head.mark) return [];
  const start = head.line.start + head.markAt;
  return [{ start, end: start + 1, put: boxes[mark] }];
}

function ownTokens(given: TodoList & { head: TaskHead; inserts: readonly [SingleKey, string][] }): readonly SingleKey[] {
  if (given.inserts.length === 0) return [];
  const tokens = wordsOf(given, given.head).flatMap((words) => words.tokens);
  return given.inserts.flatMap(([key, put]) => (tokens.some(({ name, value }) => name === key && value !== put) ? [key] : []));
}

/** Tokens are written on the task's own line, because its tokens take precedence over those of the lines below. */
function tokenSplices(given: TodoList & { head: TaskHead; inserts: readonly [SingleKey, string][] }): Splice[] {
  const { text, head, inserts } = given;
  const [{ tokens }] = wordsOf(given, head);
  const splices: Splice[] = [];
  const fresh: string[] = [];
  for (const [key, value] of inserts) {
    const present = tokens.find((token) => token.name === key);
    if (present === undefined) fresh.push(`${key}:${value}`);
    else splices.push({ start: head.line.start + present.start, end: head.line.start + present.end, put: `${key}:${value}` });
  }
  if (fresh.length === 0) return splices;
  const logged = tokens.find((token) => token.name === 'logged');
  if (logged !== undefined) {
    const at = head.line.start + logged.start;
    return [...splices, { start: at, end: at, put: `${fresh.join(' ')} ` }];
  }
  let at = head.line.end;
  while (isSpace(text.charCodeAt(at - 1))) at -= 1;
  return [...splices, { start: at, end: at, put: ` ${fresh.join(' ')}` }];
}

function cuts(given: TodoList & { head: TaskHead; without: NonNullable<TodoEdit['without']> }): Splice[] {
  const { text, head, without } = given;
  if (without.length === 0) return [];
  const unwanted = new Set(without.flatMap((tokens) => Object.entries(tokens).map(([key, value]) => `${key}:${value}`)));
  const [{ tokens }] = wordsOf(given, head);
  return tokens.flatMap(({ name, value, start, end }) => {
    if (!unwanted.has(`${name}:${value}`)) return [];
    let from = head.line.start + start;
    while (isSpace(text.charCodeAt(from - 1))) from -= 1;
    return [{ start: from, end: head.line.start + end, put: '' }];
  });
}

function apply(text: string, splices: readonly Splice[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const { start, end, put } of [...splices].sort((a, b) => a.start - b.start || a.end - b.end)) {
    parts.push(text.slice(from, start), put);
    from = end;
  }
  return parts.join('') + text.slice(from);
}

/** The open tasks below a task, at any depth: below declined tasks too, and through circles of `parent:`. */
function openBelow(given: TodoList & { heads: readonly TaskHead[]; id: string }): string[] {
  const { text, heads, id } = given;
  const below = new Map<string, TaskHead[]>();
  for (const head of heads) {
    const { start, end } = head.line;
    const last = paragraphOf(text, head).at(-1)?.line.end ?? end;
    // Few lines contain `parent:`, and reading the words of each line costs more than everything else here.
    const explicit = /parent:/.test(text.slice(start, last)) ? explicitParentOf(wordsOf(given, head)) : null;
    for (const holder of holdersOf(head, explicit)) {
      const known = below.get(holder);
      if (known === undefined) below.set(holder, [head]);
      else known.push(head);
    }
  }
  const reached = new Set([id]);
  const open = new Set<string>();
  for (const holder of reached) {
    for (const head of below.get(holder) ?? []) {
      if (head.id === id) continue;
      reached.add(head.id);
      if (head.mark === 'open') open.add(head.id);
    }
  }
  return [...open];
}
