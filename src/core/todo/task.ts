// One task of a task list, as its line says: the tokens as values, the remaining words as its title, the text below as its
// body. A value that cannot be read is absent, and becomes a problem of the task. Only dependencies are kept as written,
// because a task with a mistyped `blocked-by:` must wait rather than start too early.
import { parentOf } from '../task/task.ts';
import type { Duration } from '../time.ts';
import { bodyOf, wordsOf } from './below.ts';
import type { LineWords } from './below.ts';
import type { Mark, TaskHead, TodoProblem } from './head.ts';
import { addsUp, readDuration } from './words.ts';
import type { TodoList, Token, TokenName } from './words.ts';

export interface TodoTask {
  readonly id: string;
  /** Words of the line that are no tokens, joined by single spaces. */
  readonly title: string;
  readonly mark: Mark;
  /** Without the `#`. */
  readonly tags: readonly string[];
  /** Without the `@`. */
  readonly owner: string | null;
  readonly estimate: Duration | null;
  readonly model: string | null;
  readonly agent: string | null;
  readonly mcp: readonly string[];
  readonly role: string | null;
  readonly category: string | null;
  readonly blockedBy: readonly string[];
  readonly blocks: readonly string[];
  /** From `parent:`, else from the dots of the id, else from the indentation. */
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
  /** `key:value` words among the tokens that have no meaning here. */
  readonly unknown: readonly string[];
  /** The text that is indented below its line and is no task itself, without the indentation; null if there is none. */
  readonly body: string | null;
  /** From 1. */
  readonly line: number;
  /** How many tasks it is indented under. */
  readonly depth: number;
}

export interface Described {
  readonly task: TodoTask;
  /** The value of `parent:`. */
  readonly explicitParent: string | null;
  readonly problems: readonly TodoProblem[];
}

export function describeTask(list: TodoList, head: TaskHead): Described {
  const lines = wordsOf(list, head);
  const tokens = lines.flatMap((words) => words.tokens);
  const values = readable(tokens);
  const one = (name: TokenName): string | null => values.get(name)?.[0] ?? null;
  const explicitParent = explicitParentOf(lines);
  const task: TodoTask = {
    id: head.id,
    title: lines[0].title,
    mark: head.mark,
    tags: values.get('tag') ?? none,
    owner: one('owner'),
    estimate: readDuration(one('estimate') ?? ''),
    model: one('model'),
    agent: one('agent'),
    mcp: listOf(values.get('mcp')),
    role: one('role'),
    category: one('category'),
    blockedBy: idsOf(tokens, 'blocked-by'),
    blocks: idsOf(tokens, 'blocks'),
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
    body: bodyOf(list.text, head),
    line: head.line.number,
    depth: head.depth,
  };
  return { task, explicitParent, problems: [...headProblems(head, lines[0].title), ...wordProblems(head, lines)] };
}

/** One array is shared by all tasks without entries: lists of a hundred thousand tasks exist. */
const none: readonly string[] = [];

/** The value of `parent:` on any of a task's lines. */
export function explicitParentOf(lines: readonly LineWords[]): string | null {
  for (const { tokens } of lines) {
    const parent = tokens.find((token) => token.name === 'parent' && token.fault === null);
    if (parent !== undefined) return parent.value;
  }
  return null;
}

function readable(tokens: readonly Token[]): Map<TokenName, string[]> {
  const values = new Map<TokenName, string[]>();
  for (const { name, value, fault } of tokens) {
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

function idsOf(tokens: readonly Token[], name: TokenName): readonly string[] {
  const values = tokens.filter((token) => token.name === name).map((token) => token.value);
  return values.length === 0 ? none : listOf(values);
}

function headProblems(head: TaskHead, title: string): TodoProblem[] {
  const problems: TodoProblem[] = [];
  const about = { line: head.line.number, task: head.id };
  if (title === '') {
    problems.push({ ...about, code: 'no-title', message: `${head.id} has no title`, hint: 'write what is to be done behind the id' });
  }
  if (head.depth > 2) {
    problems.push({
      ...about,
      code: 'too-deep',
      message: `${head.id} is nested more than 3 levels deep`,
      hint: 'nest tasks at most 3 levels deep',
    });
  }
  return problems;
}

function wordProblems({ id: task, mark }: TaskHead, lines: readonly LineWords[]): TodoProblem[] {
  const seen = new Set<TokenName>();
  return lines.flatMap(({ line, tokens, doubts }) => [
    ...tokens.flatMap((token) => {
      // A repeated token of a task that is over has no effect, and tokens that are written with a tick may be on another of
      // its lines.
      const repeated = mark === 'open' && seen.has(token.name) && !addsUp(token.name);
      seen.add(token.name);
      return [...tokenProblem({ task, line, token }), ...(repeated ? [repeatedToken({ task, line, token })] : [])];
    }),
    ...doubts.map(({ word, as, hint }): TodoProblem => ({
      line,
      task,
      code: 'bad-token',
      message: `"${clip(word)}" of ${task} is read as ${as}`,
      hint: clip(hint),
    })),
  ]);
}

interface TokenOf {
  readonly task: string;
  readonly line: number;
  readonly token: Token;
}

function tokenProblem({ task, line, token }: TokenOf): TodoProblem[] {
  const { name, value, fault } = token;
  const about = { line, task, code: 'bad-token' } as const;
  if (fault !== null) return [{ ...about, message: `${name}:${clip(value)} of ${task} cannot be read`, hint: `expected ${fault}` }];
  if (name !== 'parent' || value !== task) return [];
  return [{ ...about, message: `${task} is its own parent`, hint: 'name another task or leave parent: out' }];
}

function repeatedToken({ task, line, token }: TokenOf): TodoProblem {
  const message = `${task} has more than one ${token.name}`;
  return { line, task, code: 'repeated-token', message, hint: 'keep one of them; until then, the first that can be read counts' };
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
