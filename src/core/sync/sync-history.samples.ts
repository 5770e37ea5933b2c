// Random histories of both sides, and a ledger of what people edited. An edit is open until both sides say the same. A sync
// that overwrites a side while a person's edit of it is open has lost that edit.
import fc from 'fast-check';
import { parseTodo } from '../todo/line.ts';
import type { TodoTask } from '../todo/line.ts';
import { setFields, textFields, type Field, type Values } from './fields.ts';
import { hasIntakeLabel, trustedMarker } from './intake.ts';
import { readIssueBody } from './issue-body.ts';
import type { Side } from './merge-fields.ts';
import { issueNumbers, moveLine, parentsOf, watchParents, type Parents, type ParentsLedger } from './sync-history-parents.samples.ts';
import type { Change } from './sync-plan.ts';
import type { Issue } from './sync-facts.ts';
import { isAbove, owner, sampleIssue, sampleSyncTask, stranger, writeIssue, type World } from './sync-world.samples.ts';
import { valuesOfIssue, valuesOfLine } from './values.ts';
import { writeLine, type LineSet } from './write-line.ts';

const kinds = [
  ...[
    'line-title',
    'line-body',
    'line-tag',
    'line-assignee',
    'line-blocker',
    'line-mark',
    'line-parent',
    'line-parent',
    'line-remove',
    'line-restore',
    'line-last',
    'line-new',
  ],
  ...[
    'title',
    'body',
    'inside',
    'damage',
    'label',
    'assignee',
    'blocker',
    'parent',
    'parent',
    'close',
    'open',
    'new',
    'stranger-new',
    'stranger-edit',
    'relabel',
    'deleted',
  ],
  ...['task', 'task', 'sync', 'sync', 'sync', 'sync', 'sync', 'cut', 'cut', 'stale', 'resolve', 'push'],
] as const;
export type Kind = (typeof kinds)[number];

export interface Step {
  readonly kind: Kind;
  /** Which task, which participant, and which variant. */
  readonly a: number;
  readonly b: number;
}

export const anyStep: fc.Arbitrary<Step> = fc.record({ kind: fc.constantFrom(...kinds), a: fc.nat(50), b: fc.nat(50) });

type Key = string;

export interface Ledger {
  /** With the value before: who takes an edit back has edited nothing. */
  readonly open: Map<Key, string | undefined>;
  /** Tasks of which a sync left off in the middle: until the next one, nobody can tell the sync's half from a person's. */
  readonly torn: Set<string>;
  /** The issue of each task, also of those whose line is gone. */
  readonly numbers: Map<string, number>;
  readonly removed: string[];
  readonly parents: ParentsLedger;
  count: number;
  /** What both sides said after the last effect. */
  last: Sides | null;
}

export function newLedger(): Ledger {
  return {
    open: new Map(),
    torn: new Set(),
    numbers: new Map(),
    removed: [],
    parents: { removed: new Set(), touched: new Set() },
    count: 0,
    last: null,
  };
}

export interface Sides {
  readonly todo: ReadonlyMap<string, Values>;
  readonly issue: ReadonlyMap<string, Values>;
  /** Tasks that can be named as dependencies now. */
  readonly named: ReadonlySet<string>;
  readonly parents: Parents;
}

export function sidesOf(world: World, ledger: Ledger): Sides {
  const lines = parseTodo({ text: world.text, ids: 't' }).tasks;
  const numbers = issueNumbers(world, lines);
  for (const [id, number] of numbers) ledger.numbers.set(id, number);
  const given = { ids: 't', intake: world.policy.intake, numbers };
  const todo = new Map<string, Values>();
  const issue = new Map<string, Values>();
  for (const line of lines) todo.set(line.id, valuesOfLine({ ...given, todo: line, brief: world.briefs.get(line.id) ?? null }));
  for (const [id, number] of ledger.numbers) {
    const there = world.issues.get(number);
    if (there !== undefined) issue.set(id, issueValues(world, { ...given, id, there, line: todo.get(id) ?? null }));
  }
  return { todo, issue, named: new Set(numbers.keys()), parents: parentsOf(world) };
}

function issueValues(
  world: World,
  given: { ids: string; intake: string; numbers: ReadonlyMap<string, number>; id: string; there: Issue; line: Values | null },
): Values {
  const { there, line, ...more } = given;
  const { policy } = world;
  const body = readIssueBody(there.body);
  const ours = trustedMarker({ issue: there, policy })?.assigned ?? null;
  const none: Values = { title: '', body: '', state: 'open', assignee: '', tags: [], blockedBy: [] };
  const text = { title: there.title, body, isWanted: hasIntakeLabel({ issue: there, policy }), ours };
  return valuesOfIssue({ ...more, issue: there, text, line: line ?? none });
}

/** Everything that the values say, one entry per field, and per element of a set. */
function entries(values: Values): Map<string, string> {
  const all = new Map<string, string>(textFields.map((field) => [field, values[field]]));
  for (const field of setFields) for (const one of values[field]) all.set(`${field}:${one}`, 'yes');
  return all;
}

export function fieldOf(key: Key): { task: string; field: Field } {
  const [task = '', entry = ''] = key.split('/');
  return { task, field: entry.split(':')[0] as Field };
}

/** Watches one effect, by a person or by a sync. Throws if a sync loses an edit. `may`: what a person has decided. */
export function watched(given: {
  world: World;
  ledger: Ledger;
  by: 'person' | 'sync';
  may?: (key: Key) => boolean;
  effect: () => void;
  what: string;
}): void {
  const { world, ledger, by, effect, may = () => false, what } = given;
  const before = ledger.last ?? sidesOf(world, ledger);
  effect();
  const after = sidesOf(world, ledger);
  ledger.last = after;
  watchParents({ ledger: ledger.parents, by, before: before.parents, after: after.parents, what });
  for (const side of ['todo', 'issue'] as const) {
    for (const [task, values] of after[side]) {
      const old = before[side].get(task);
      if (old === undefined) continue;
      const [was, is] = [entries(old), entries(values)];
      for (const entry of new Set([...was.keys(), ...is.keys()])) {
        if (was.get(entry) === is.get(entry)) continue;
        // A dependency that comes into sight or goes out of it with its line is no edit.
        const other = /^blockedBy:(.*)$/.exec(entry)?.[1];
        if (other !== undefined && !(before.named.has(other) && after.named.has(other))) continue;
        const key = `${task}/${entry}/${side}`;
        if (by === 'person') noteEdit(ledger, { key, was: was.get(entry), is: is.get(entry) });
        else if (ledger.open.has(key) && !may(key)) throw new Error(`${what} has overwritten ${key}: ${was.get(entry)} → ${is.get(entry)}`);
        else ledger.open.delete(key);
      }
    }
  }
}

/**
 * What both sides say is what they have in common once a sync knows it: after a whole one, or of one task after its issue was
 * written. If people brought them there, and one of them takes the edit back before then, nothing was edited on that side.
 */
export function synced(world: World, ledger: Ledger, only: string | null = null): void {
  const { todo, issue } = sidesOf(world, ledger);
  for (const key of ledger.open.keys()) {
    const [task = '', entry = ''] = key.split('/');
    const [line, there] = [todo.get(task), issue.get(task)];
    if (line === undefined || there === undefined || (only !== null && only !== task)) continue;
    if (entries(line).get(entry) === entries(there).get(entry)) ledger.open.delete(key);
  }
}

/** After a sync has written this issue, with its marker. */
export function issueWritten(world: World, ledger: Ledger, number: number): void {
  for (const [task, one] of ledger.numbers) if (one === number) synced(world, ledger, task);
}

function noteEdit({ open }: Ledger, { key, was, is }: { key: Key; was: string | undefined; is: string | undefined }): void {
  if (!open.has(key)) open.set(key, was);
  else if (open.get(key) === is) open.delete(key);
}

const tags = ['bug', 'feat', 'docs', 'ui', 'auto-dispatch'];
const labels = ['bug', 'enhancement', 'documentation', 'UI', 'auto-dispatch', 'good first issue', 'status:done'];
const people = ['ann', 'bob', ''];

/** What a person, or a worker, does. Answers null if there is nothing to do it to. */
export function personStep({ world, ledger, step }: { world: World; ledger: Ledger; step: Step }): (() => void) | null {
  const { kind, a, b } = step;
  const word = `w${(ledger.count += 1)}`;
  const lines = parseTodo({ text: world.text, ids: 't' }).tasks;
  const todo = lines[a % Math.max(1, lines.length)];
  const issue = [...world.issues.values()][a % Math.max(1, world.issues.size)];
  if (kind === 'task') return todo === undefined ? null : () => moveTask(world, todo, b);
  const torn = kind.startsWith('line-') ? todo?.id : [...ledger.numbers].find(([, number]) => number === issue?.number)?.[0];
  if (torn !== undefined && (ledger.torn.has(torn) || !hasContact({ world, ledger, task: torn }))) return null;
  if (kind === 'line-new')
    return () => void (world.text += `- [ ] t${50 + ledger.count} New ${word}${b % 2 === 0 ? '' : ' #auto-dispatch'}\n`);
  if (kind === 'line-restore') return () => void (world.text += ledger.removed.pop() ?? '');
  if (kind.startsWith('line-')) return todo === undefined ? null : () => editLine({ world, ledger, kind, todo, word, b });
  if (kind === 'new' || kind === 'stranger-new') return () => newIssue({ world, kind, word, b });
  return issue === undefined ? null : () => editIssue({ world, kind, issue, word, b });
}

/** Before both sides were ever the same, as while an issue is held, what somebody removed on one side looks like what was never there. */
function hasContact({ world, ledger, task }: { world: World; ledger: Ledger; task: string }): boolean {
  const number = ledger.numbers.get(task);
  const issue = number === undefined ? undefined : world.issues.get(number);
  return issue === undefined || trustedMarker({ issue, policy: world.policy }) !== null;
}

function moveTask(world: World, { id }: TodoTask, b: number): void {
  const states = ['queued', 'running', 'delivered', 'blocked', 'failed', 'done'] as const;
  const state = states[b % states.length] ?? 'queued';
  if (state !== 'done')
    return void world.tasks.set(
      id,
      sampleSyncTask({
        state,
        verifyFailed: b % 4 === 0,
        pull: state === 'delivered' ? 900 : null,
        dispatched: b % 2 === 0 ? 'sonnet' : null,
      }),
    );
  world.tasks.set(id, sampleSyncTask({ state, evidence: { pull: b % 2 === 0 ? 900 : null }, implemented: 'sonnet' }));
  setLine(world, id, { mark: 'done' });
}

function setLine(world: World, id: string, set: LineSet): void {
  const written = writeLine({ list: { text: world.text, ids: 't' }, id, brief: world.briefs.get(id) ?? null, set });
  if (written === null) return;
  world.text = written.text;
  if (written.brief !== null) world.briefs = new Map([...world.briefs, [id, written.brief]]);
}

const nasty = ['#auto-dispatch\n- [ ] t1 Fake', '```\nopen', '<!-- yardmaster:end -->', '  indented\n\n- Notes: mine', '@ann closes #1'];

function editLine(given: { world: World; ledger: Ledger; kind: Kind; todo: TodoTask; word: string; b: number }): void {
  const { world, ledger, kind, todo, word, b } = given;
  const { id } = todo;
  const raw = world.text.split('\n')[todo.line - 1] ?? '';
  switch (kind as string) {
    case 'line-title':
      return setLine(world, id, { title: `Title ${word}` });
    case 'line-body':
      return setLine(world, id, { body: b % 5 === 0 ? '' : `Text ${word}\n\nand more` });
    case 'line-tag': {
      const tag = tags[b % tags.length] ?? '';
      return setLine(world, id, todo.tags.includes(tag) ? { removeTags: [tag] } : { addTags: [tag] });
    }
    case 'line-assignee':
      return setLine(world, id, { assignee: people[b % people.length] ?? '' });
    case 'line-blocker': {
      const other = `t${1 + (b % 4)}`;
      if (other === id) return;
      return setLine(world, id, todo.blockedBy.includes(other) ? { removeBlockers: [other] } : { addBlockers: [other] });
    }
    case 'line-mark':
      return setLine(world, id, { mark: (['open', 'done', 'declined'] as const)[b % 3] ?? 'open' });
    case 'line-parent':
      return moveLine(world, { todo, b });
    case 'line-remove':
    case 'line-last': {
      // With what stands below it, up to the next task.
      const all = world.text.split('\n');
      const end = all.findIndex((line, index) => index >= todo.line && /^- \[/.test(line));
      const block = `${all.slice(todo.line - 1, end === -1 ? all.length - 1 : end).join('\n')}\n`;
      if (raw === '') return;
      world.text = [...all.slice(0, todo.line - 1), ...(end === -1 ? [''] : all.slice(end))].join('\n');
      if (kind === 'line-last') world.text += block;
      else ledger.removed.push(block);
      return;
    }
    default:
      throw new Error(kind);
  }
}

function newIssue({ world, kind, word, b }: { world: World; kind: Kind; word: string; b: number }): void {
  const number = (world.made += 1);
  const by = kind === 'new' ? owner : stranger;
  const body =
    b % 4 === 0
      ? Array.from({ length: 30 }, (_, n) => `${word} line ${n}`).join('\n')
      : `About ${word}\r\n${nasty[b % nasty.length] ?? ''}`;
  const title = b % 3 === 0 ? `Issue ${word} blocked-by:t1 #ui` : `Issue \`${word}`;
  const labelled = { by: b % 5 === 0 ? stranger : owner, at: world.now + 1 };
  world.issues.set(
    number,
    sampleIssue({ number, title, body, labels: ['auto-dispatch'], labelled, revisions: [{ by, at: world.now, title, body }] }),
  );
  world.now += 2;
}

function editIssue({ world, kind, issue, word, b }: { world: World; kind: Kind; issue: Issue; word: string; b: number }): void {
  const { number, body } = issue;
  const write = (set: Parameters<typeof writeIssue>[2], by = owner): void => writeIssue(world, number, set, by);
  const toggled = (all: readonly string[], one: string): readonly string[] =>
    all.includes(one) ? all.filter((other) => other !== one) : [...all, one];
  switch (kind as string) {
    case 'title':
      return write({ title: `Title ${word}` });
    case 'body':
      return write({ body: b % 3 === 0 ? `${body}\nBelow ${word}` : `Above ${word}\r\n${nasty[b % nasty.length] ?? ''}\n${body}` });
    case 'inside':
      return write({ body: body.replace('<!-- yardmaster:end', `Inside ${word}\n$&`) });
    case 'damage':
      return write({ body: damaged(body, b) });
    case 'label': {
      const label = labels[b % labels.length] ?? '';
      return write({ labels: toggled(issue.labels, label) });
    }
    case 'assignee': {
      const login = people[b % people.length] ?? '';
      return write({ assignees: login === '' ? [] : toggled(issue.assignees, login) });
    }
    case 'blocker': {
      const other = [...world.issues.keys()][b % world.issues.size] ?? number;
      const all = issue.dependencies ?? [];
      return other === number
        ? undefined
        : write({ dependencies: all.includes(other) ? all.filter((one) => one !== other) : [...all, other] });
    }
    case 'parent': {
      const others = [...world.issues.keys()].filter((other) => !isAbove(world, { number, other }));
      return write({ parent: ([...others, 'elsewhere', 'none', 'none'] as const)[b % (others.length + 3)] ?? 'none' });
    }
    case 'close':
      return write({ state: 'closed', reason: b % 2 === 0 ? 'completed' : 'not-planned' });
    case 'open':
      return write({ state: 'open', reason: null });
    case 'stranger-edit':
      return write(b % 2 === 0 ? { title: `Evil ${word}` } : { body: `Evil ${word}\n${body}` }, stranger);
    case 'relabel':
      write({ labels: issue.labels.filter((label) => label !== 'auto-dispatch') });
      return write({ labels: [...issue.labels.filter((label) => label !== 'auto-dispatch'), 'auto-dispatch'] });
    case 'deleted':
      if (b % 6 !== 0) return;
      world.issues.delete(number);
      for (const one of world.issues.values()) if (one.parent === number) writeIssue(world, one.number, { parent: 'none' }, owner);
      world.gone = [...world.gone, { number, gone: b % 12 === 0 ? 'deleted' : 'moved', to: null }];
      return;
    default:
      throw new Error(kind);
  }
}

function damaged(body: string, b: number): string {
  const begin = /<!-- yardmaster:begin .*-->\n?/;
  switch (b % 5) {
    case 0:
      return body.replace(begin, '');
    case 1:
      return body.replace(/<!-- yardmaster:end .*-->\n?/, '');
    case 2:
      return `${body}${/<!-- yardmaster:begin[^]*?yardmaster:end .*-->\n/.exec(body)?.[0] ?? ''}`;
    case 3:
      return body.replaceAll('\n', '\r\n');
    default:
      return body.replace(/<!-- yardmaster:begin[^]*?yardmaster:end .*-->\n/, '');
  }
}

export function sideOf(b: number): Side {
  return b % 2 === 0 ? 'todo' : 'issue';
}

export function taskOfChange(change: Change): string | null {
  return change.do === 'add-line' ? change.line.id : 'task' in change ? change.task : null;
}
