// One task of a task list, as its line says: the tokens as values, the rest as its title. What cannot be read is a
// problem of the task, and the value is then absent; only dependencies are kept as written, because a task whose
// `blocked-by:` is mistyped must wait rather than start too early.
import { parentOf } from './task.ts';
import type { Duration } from './time.ts';
import type { Mark, TaskHead, TodoProblem } from './todo-head.ts';
import { addsUp, readDuration, readWords } from './todo-words.ts';
import type { TokenName, Words } from './todo-words.ts';

export interface TodoTask {
  readonly id: string;
  /** Words of the line that are no tokens, joined by single spaces. */
  readonly title: string;
  readonly mark: Mark;
  /** Without `#`. */
  readonly tags: readonly string[];
  /** Without `@`. */
  readonly owner: string | null;
  readonly estimate: Duration | null;
  readonly model: string | null;
  readonly agent: string | null;
  readonly mcp: readonly string[];
  readonly role: string | null;
  readonly category: string | null;
  readonly blockedBy: readonly string[];
  readonly blocks: readonly string[];
  /** Of `parent:`, else by the dots of the id, else by indentation. */
  readonly parent: string | null;
  readonly assignee: string | null;
  /** Dates as written: `YYYY-MM-DD`, or with a time. */
  readonly logged: string | null;
  readonly started: string | null;
  readonly completed: string | null;
  readonly verified: string | null;
  readonly actual: Duration | null;
  /** As written, such as `GH#12`. */
  readonly refs: readonly string[];
  readonly pr: number | null;
  readonly branch: string | null;
  readonly status: string | null;
  /** `todo/PLANS.md#anchor` */
  readonly plan: string | null;
  /** `key:value` words among the tokens that mean nothing to us. */
  readonly unknown: readonly string[];
  /** Lines of its `- Notes:`, in order. */
  readonly notes: readonly string[];
  /** From 1. */
  readonly line: number;
  /** How many tasks it is indented under. */
  readonly depth: number;
}

export interface Described {
  readonly task: TodoTask;
  /** What `parent:` says. */
  readonly explicitParent: string | null;
  readonly problems: readonly TodoProblem[];
}

export function describeTask(given: { text: string; head: TaskHead; notes: readonly string[] }): Described {
  const { text, head, notes } = given;
  const words = wordsOf(text, head);
  const values = readable(words);
  const one = (name: TokenName): string | null => values.get(name)?.[0] ?? null;
  const explicitParent = explicitParentOf(words);
  const task: TodoTask = {
    id: head.id,
    title: words.title,
    mark: head.mark,
    tags: values.get('tag') ?? none,
    owner: one('owner'),
    estimate: readDuration(one('estimate') ?? ''),
    model: one('model'),
    agent: one('agent'),
    mcp: listOf(values.get('mcp')),
    role: one('role'),
    category: one('category'),
    blockedBy: idsOf(words, 'blocked-by'),
    blocks: idsOf(words, 'blocks'),
    parent: explicitParent ?? parentOf(head.id) ?? head.within?.id ?? null,
    assignee: one('assignee'),
    logged: one('logged'),
    started: one('started'),
    completed: one('completed'),
    verified: one('verified'),
    actual: readDuration(one('actual') ?? ''),
    refs: listOf(values.get('ref')),
    pr: numberOf(one('pr')),
    branch: one('branch'),
    status: one('status'),
    plan: one('plan'),
    unknown: values.get('unknown') ?? none,
    notes,
    line: head.line.number,
    depth: head.depth,
  };
  return { task, explicitParent, problems: lineProblems(head, words) };
}

/** One array for all that have nothing: lists of a hundred thousand tasks are real. */
const none: readonly string[] = [];

export function wordsOf(text: string, head: TaskHead): Words {
  return readWords(text.slice(head.line.start, head.line.end), head.rest);
}

export function explicitParentOf(words: Words): string | null {
  return words.tokens.find((token) => token.name === 'parent' && token.fault === null)?.value ?? null;
}

function readable(words: Words): Map<TokenName, string[]> {
  const values = new Map<TokenName, string[]>();
  for (const { name, value, fault } of words.tokens) {
    if (fault !== null) continue;
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return values;
}

function numberOf(value: string | null): number | null {
  return value === null ? null : Number(value.replace('#', ''));
}

function listOf(values: readonly string[] | undefined): readonly string[] {
  if (values === undefined) return none;
  return [...new Set(values.flatMap((value) => value.split(',')))].filter((value) => value !== '');
}

function idsOf(words: Words, name: TokenName): readonly string[] {
  const values = words.tokens.filter((token) => token.name === name).map((token) => token.value);
  return values.length === 0 ? none : listOf(values);
}

function lineProblems(head: TaskHead, words: Words): TodoProblem[] {
  const problems: TodoProblem[] = [];
  const about = { line: head.line.number, task: head.id };
  if (words.title === '') {
    problems.push({ ...about, code: 'no-title', message: `${head.id} has no title`, hint: 'write behind the id what is to be done' });
  }
  if (head.depth > 2) {
    problems.push({ ...about, code: 'too-deep', message: `${head.id} is indented more than 3 deep`, hint: 'nest tasks at most 3 deep' });
  }
  const seen = new Set<TokenName>();
  for (const { name, value, fault } of words.tokens) {
    if (fault !== null)
      problems.push({
        ...about,
        code: 'bad-token',
        message: `${name}:${clip(value)} of ${head.id} cannot be read`,
        hint: `expected ${fault}`,
      });
    else if (name === 'parent' && value === head.id) {
      problems.push({
        ...about,
        code: 'bad-token',
        message: `${head.id} is its own parent`,
        hint: 'name another task or leave parent: out',
      });
    }
    if (seen.has(name) && !addsUp(name)) {
      problems.push({
        ...about,
        code: 'repeated-token',
        message: `${head.id} has more than one ${name}`,
        hint: 'keep one; the first that can be read counts',
      });
    }
    seen.add(name);
  }
  for (const { word, expected } of words.doubts) {
    problems.push({
      ...about,
      code: 'bad-token',
      message: `"${clip(word)}" of ${head.id} is taken for a word of its title`,
      hint: `expected ${expected}`,
    });
  }
  return problems;
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
