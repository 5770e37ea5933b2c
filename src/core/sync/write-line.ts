// Changes what a task's line says: its title, its tags and other tokens, its box, and the text below it. The result is read
// again, and refused if anything but what was asked for has changed: whatever the text of an issue is, it becomes no other
// task, no token and no open fence. Outside of the task's line and text, no byte changes.
import { wordsOf } from '../todo/below.ts';
import { editTodo } from '../todo/edit.ts';
import { todoHeads, type Mark, type TaskHead } from '../todo/head.ts';
import { parseTodo, type TodoTask } from '../todo/line.ts';
import type { TodoList, Token } from '../todo/words.ts';
import { lineBody } from './line-body.ts';

export interface LineSet {
  readonly title?: string;
  /** Null: it stays as it is. */
  readonly mark?: Mark | null;
  /** Names without the `#`, as they are written. */
  readonly addTags?: readonly string[];
  readonly removeTags?: readonly string[];
  /** Empty: the token is removed. */
  readonly assignee?: string;
  readonly addBlockers?: readonly string[];
  readonly removeBlockers?: readonly string[];
  readonly ref?: number;
  /** The file that the line links. */
  readonly plan?: string;
  readonly body?: string;
}

export interface Written {
  readonly text: string;
  /** The new text of the task's brief; null if that stays as it is. */
  readonly brief: string | null;
}

/** Longer texts become a brief. */
const mostLinesBelow = 20;

/** Answers null if the list cannot say it. */
export function writeLine(given: {
  readonly list: TodoList;
  readonly id: string;
  readonly brief: string | null;
  readonly set: LineSet;
}): Written | null {
  const { list, id, brief, set } = given;
  const before = taskIn(list, id);
  const head = headIn(list, id);
  if (before === null || head === null) return null;
  const { body, mark, ...tokens } = set;
  let text: string | null = withTokens({ list, head, set: tokens });
  if (mark != null) text = withMark({ list: { ...list, text }, task: before, mark });
  if (text === null || !saysOnly({ list, text, before, set })) return null;
  if (body === undefined) return { text, brief: null };
  return withBody({ list: { ...list, text }, id, brief, body });
}

function taskIn(list: TodoList, id: string): TodoTask | null {
  return parseTodo(list).tasks.find((task) => task.id === id) ?? null;
}

function headIn(list: TodoList, id: string): TaskHead | null {
  return todoHeads(list).heads.find((head) => head.id === id) ?? null;
}

/** Opened again, the line loses what was written with its tick. */
function withMark({ list, task, mark }: { list: TodoList; task: TodoTask; mark: Mark }): string | null {
  const { id, completed, verified, branch, status, pr } = task;
  const ticked = { completed, verified, branch, status, pr: pr === null ? null : `#${pr}` };
  const without = Object.entries(ticked).flatMap(([key, value]) => (value === null ? [] : [{ [key]: value }]));
  const edited = editTodo(list, { id, mark, ...(mark === 'open' ? { without } : {}) });
  return edited.edited ? edited.text : null;
}

function withTokens(given: { list: TodoList; head: TaskHead; set: Omit<LineSet, 'body' | 'mark'> }): string {
  const { list, head, set } = given;
  if (Object.keys(set).length === 0) return list.text;
  const { text } = list;
  const line = text.slice(head.line.start, head.line.end);
  const [words] = wordsOf(list, head);
  const tokens = tokensAfter({ tokens: words.tokens, set, raw: ({ start, end }) => line.slice(start, end) });
  const written = [line.slice(0, head.rest), set.title ?? words.title, ...tokens].filter((part) => part !== '').join(' ');
  return text.slice(0, head.line.start) + written + text.slice(head.line.end);
}

function tokensAfter(given: { tokens: readonly Token[]; set: LineSet; raw: (token: Token) => string }): readonly string[] {
  const { tokens, set, raw } = given;
  const { addTags = [], removeTags = [], assignee, addBlockers = [], removeBlockers = [], ref, plan } = set;
  const isBlocker = ({ name }: Token): boolean => name === 'blocked-by' && addBlockers.length + removeBlockers.length > 0;
  const kept = tokens.filter((token) => {
    const { name, value } = token;
    if (name === 'tag') return !removeTags.includes(value);
    return !(name === 'assignee' && assignee !== undefined) && !isBlocker(token);
  });
  const blockers = tokens.filter(isBlocker).flatMap(({ value }) => value.split(','));
  const all = new Set([...blockers, ...addBlockers].filter((id) => !removeBlockers.includes(id)));
  const added = [
    ...addTags.map((tag) => `#${tag}`),
    ...(assignee === undefined || assignee === '' ? [] : [`assignee:${assignee}`]),
    ...(all.size === 0 ? [] : [`blocked-by:${[...all].join(',')}`]),
    ...(ref === undefined ? [] : [`ref:GH#${ref}`]),
    ...(plan === undefined ? [] : [`→ [${plan}]`]),
  ];
  const logged = kept.findIndex(({ name }) => name === 'logged');
  const at = logged === -1 ? kept.length : logged;
  return [...kept.slice(0, at).map(raw), ...added, ...kept.slice(at).map(raw)];
}

/** Whether the list says the same as before, but for what was set. */
function saysOnly(given: { list: TodoList; text: string; before: TodoTask; set: LineSet }): boolean {
  const { list, text, before, set } = given;
  const { tasks, problems } = parseTodo({ ...list, text });
  const old = parseTodo(list);
  const after = tasks.find(({ id }) => id === before.id);
  if (after === undefined || problems.length > old.problems.length || !sameOthers({ tasks, old: old.tasks, id: before.id })) return false;
  const isOpened = set.mark === 'open' && before.mark !== 'open';
  const has = (wanted: readonly string[] | undefined, values: readonly string[]): boolean =>
    (wanted ?? []).every((one) => values.includes(one));
  const lacks = (unwanted: readonly string[] | undefined, values: readonly string[]): boolean =>
    !(unwanted ?? []).some((one) => values.includes(one));
  const expected: TodoTask = {
    ...before,
    title: set.title ?? before.title,
    mark: set.mark ?? before.mark,
    tags: after.tags,
    blockedBy: after.blockedBy,
    refs: after.refs,
    plan: set.plan ?? before.plan,
    assignee: set.assignee === undefined ? before.assignee : set.assignee === '' ? null : set.assignee,
    ...(isOpened ? { completed: null, verified: null, branch: null, status: null, pr: null } : {}),
  };
  return (
    JSON.stringify(after) === JSON.stringify(expected) &&
    [set.addTags, before.tags.filter((tag) => set.removeTags?.includes(tag) !== true)].every((tags) => has(tags, after.tags)) &&
    lacks(set.removeTags, after.tags) &&
    has(set.addBlockers, after.blockedBy) &&
    lacks(set.removeBlockers, after.blockedBy) &&
    (set.ref === undefined || after.refs.includes(`GH#${set.ref}`))
  );
}

function sameOthers({ tasks, old, id }: { tasks: readonly TodoTask[]; old: readonly TodoTask[]; id: string }): boolean {
  const text = (all: readonly TodoTask[]): string => JSON.stringify(all.flatMap((task) => (task.id === id ? [] : [{ ...task, line: 0 }])));
  return text(tasks) === text(old);
}

/** Below the line if it is short and stands there as it is, else as the task's brief. */
export function withBody(given: {
  readonly list: TodoList;
  readonly id: string;
  readonly brief: string | null;
  readonly body: string;
}): Written | null {
  const { list, id, brief, body } = given;
  if (brief === null) {
    const text = body.split('\n').length > mostLinesBelow ? null : bodyBelow({ list, id, body });
    if (text !== null) return { text, brief: null };
  }
  // What stood below the line would come before the brief's text a second time.
  const text = brief === null ? bodyBelow({ list, id, body: '' }) : list.text;
  return text === null ? null : { text, brief: body === '' ? '' : `${body}\n` };
}

function bodyBelow({ list, id, body }: { list: TodoList; id: string; body: string }): string | null {
  const head = headIn(list, id);
  const before = taskIn(list, id);
  if (head === null || before === null) return null;
  const { text } = list;
  const { below, line } = head;
  const last = below.at(-1)?.line ?? line;
  // Lines of other tasks stand between those of this one.
  if (last.number - line.number !== below.reduce((count, { blanks }) => count + 1 + blanks, 0)) return null;
  const { notes } = lineBody({ body: before.body, brief: null });
  const end = /\r\n|\r|\n/.exec(text)?.[0] ?? '\n';
  const indent = `${text.slice(line.start, line.first)}  `;
  // A blank line comes first, because words that directly follow the task's line are read as its tokens.
  const lines = [...(body === '' ? [] : ['', ...body.split('\n')]), ...(notes === null ? [] : notes.split('\n'))];
  const put = lines.map((one) => end + (one === '' ? '' : indent + one)).join('');
  const after = text.slice(0, line.end) + put + text.slice(last.end);
  return readsAs({ list, text: after, before, body }) ? after : null;
}

function readsAs({ list, text, before, body }: { list: TodoList; text: string; before: TodoTask; body: string }): boolean {
  const { tasks, problems } = parseTodo({ ...list, text });
  const old = parseTodo(list);
  const after = tasks.find(({ id }) => id === before.id);
  if (after === undefined || problems.length > old.problems.length || !sameOthers({ tasks, old: old.tasks, id: before.id })) return false;
  const notes = (task: TodoTask): string | null => lineBody({ body: task.body, brief: null }).notes;
  return (
    lineBody({ body: after.body, brief: null }).text === body &&
    notes(after) === notes(before) &&
    JSON.stringify({ ...after, body: null }) === JSON.stringify({ ...before, body: null })
  );
}
