// TODO.md: any text can be read, and an edit changes only its own line, which, when read again, has the values that were
// set.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Fault } from '../../src/core/fault.ts';
import { assignIds } from '../../src/core/todo/assign.ts';
import { editTodo, type TodoEdit } from '../../src/core/todo/edit.ts';
import { idsIn, parseTodo, type Todo, type TodoTask } from '../../src/core/todo/line.ts';
import { anyText, broken, endless } from './broken-text.ts';
import type { Target } from './target.ts';

interface Input {
  readonly text: string;
  /** The prefix of ids. */
  readonly ids: string;
  readonly edit: Omit<TodoEdit, 'id'>;
  /** Which task is edited. */
  readonly pick: number;
}

const sample = `# Tasks

## Now

- [ ] t12 Fix the größe of "names" @ann #auto-dispatch ~2h model:opus logged:2026-02-07 blocked-by:t3,t12.1
  - Notes: see \`#no ~2h\` and
    the rest of it
  - [x] t12.1 Read \`src/a.ts\` #ü ~30m completed:2026-01-01 pr:#3 → [todo/PLANS.md#a]
    - [ ] t12.1.1 Deeper parent:t12 actual:1h30m ref:GH#12,GH#13
  - [-] t12.2 Not this started:2026-02-01T10:00:00Z verified:2026-02-02
- [ ] t3 日本語 — node:fs blocks:t12 mcp:a,b role:r category:x branch:yard/t3 status:review x:y

\`\`\`md
- [ ] t99 in code
\`\`\`
<!-- - [ ] t98 in a comment -->
1. [ ] plain
* [ ] t4 a
+ [X] t5
`;

const pieces = [
  ...['#auto-dispatch', '#auto-dispach', '- [ ] **t4** ', '- [ ] #12 ', '- [ ] AUTH-12 ', '2) [ ] t6 ', 'modell:x', 'prio:high'],
  ...['AUTH-1', 'AUTH-1.2', 'auth-3', '\n  goes on #auto-dispatch', '\n\n    later', '\n- [ ] '],
  ...['- [ ] ', '- [x] ', '* [-] ', '+ [X] ', '- [', '] ', '1. [ ] ', '- ', '- - - ', '> ', '# '],
  ...['t1', 't2', 't12', 't12.1', 't1.1.1', 't1.1.1.1', 't01', `t${'9'.repeat(12)}`, `t${'9'.repeat(13)}`, 'T1', 't1.', 't1:'],
  ...[' ', '  ', '    ', '\t', '\n', '\r\n', '\r', '\n\n', '\n- [ ] t7 x ', '\n  - [ ] t8 y ', '\n    - Notes: z'],
  ...['```', '````', '~~~', '`', '``', '<!--', '-->', '\n```\n', '\n<!--\n'],
  ...['#a', '@b', '~2h', '~', '~1d2h3m', '~1e9h', ':', 'a:b', 'http://x', 'blocked-by:', 'blocked-by:t2', 'blocks:t1', 'parent:t1'],
  ...[
    'completed:2026-02-30',
    'completed:2026-01-01',
    'logged:2026-01-01',
    'pr:#1',
    'pr:x',
    'actual:1h',
    'branch:',
    'mcp:,',
    'role:,',
    'ref:a,,b',
  ],
  ...['→', '→ [a.md#b]', '→ [', '→ [a.md](b)', '[x]', '- Notes:', 'constructor:x', '__proto__:x', 'toString:1'],
];

const built = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join(''));
const tall = fc
  .tuple(fc.constantFrom('blocked-by', 'blocks', 'parent'), fc.integer({ min: 1, max: 1500 }), fc.nat(3), fc.boolean())
  .map(([key, count, step, deep]) =>
    Array.from({ length: count }, (_, n) => `${deep ? ' '.repeat(2 * n) : ''}- [ ] t${n} a ${key}:t${(n + step) % count}`).join('\n'),
  );
const texts = fc.oneof(
  { weight: 500, arbitrary: broken(fc.constant(sample), { pieces, most: 12 }) },
  { weight: 300, arbitrary: broken(fc.constantFrom(sample.replaceAll('\n', '\r\n'), `\ufeff${sample.trimEnd()}`), { pieces, most: 6 }) },
  { weight: 300, arbitrary: built },
  { weight: 150, arbitrary: anyText },
  { weight: 3, arbitrary: tall },
  { weight: 2, arbitrary: endless(fc.constantFrom(...pieces)) },
);

const keys = [
  ...(['model', 'agent', 'category', 'parent', 'assignee', 'logged', 'started', 'completed', 'verified'] as const),
  ...(['actual', 'pr', 'branch', 'status'] as const),
] as const;
const value = fc.oneof(
  fc.constantFrom(
    '2026-11-30',
    '2024-02-29T01:02:03Z',
    '#77',
    '12',
    '~90m',
    '1d',
    't1',
    't12.1',
    'yard/t1-größe',
    'a,b',
    'x:y',
    '`',
    '',
    '//x',
  ),
  anyText,
);
const insert = fc
  .array(fc.tuple(fc.constantFrom(...keys), value), { maxLength: 4 })
  .map((entries) => Object.fromEntries(entries) as NonNullable<TodoEdit['insert']>);
const fitting = fc.record(
  {
    completed: fc.constant('2026-11-30'),
    branch: fc.constant('yard/t1'),
    pr: fc.constant('#77'),
    actual: fc.constant('~90m'),
    parent: fc.constant('t9'),
  },
  { requiredKeys: [] },
);
const edit = fc.record({
  mark: fc.constantFrom('open', 'done', 'declined', undefined),
  insert: fc.oneof({ weight: 2, arbitrary: fitting }, insert),
});

export const todo: Target<Input> = {
  name: 'todo',
  inputs: fc
    .record({ text: texts, ids: fc.constantFrom('t', 't', 'AUTH-'), edit, pick: fc.nat(9) })
    .map(({ edit: { mark, insert: puts }, ...rest }) => ({
      ...rest,
      edit: { insert: puts, ...(mark === undefined ? {} : { mark }) },
    })),
  reaches: ['edited', 'no task', 'refused: todo-token-invalid', 'refused: open-children', 'refused: duplicate-id'],
  holds: ({ text, ids, edit: wanted, pick }) => {
    const before = parseTodo({ text, ids });
    const lines = text.split(/(\r\n|\r|\n)/);
    judgeTodo({ todo: before, text, lines: (lines.length + 1) / 2 });
    judgeBodies(before, text);
    judgeIds({ before, text, ids });
    const task = before.tasks[pick % Math.max(1, before.tasks.length)];
    const id = task?.id ?? 't1';
    try {
      const answer = editTodo({ text, ids }, { ...wanted, id });
      if (!answer.edited) {
        const twice = before.problems.some((problem) => problem.code === 'duplicate-id' && problem.task === id);
        const due = task === undefined ? 'unknown-id' : twice ? 'duplicate-id' : 'open-children';
        assert.equal(answer.why, due);
        if (answer.why === 'open-children') assert.ok(wanted.mark === 'done' && task?.mark !== 'done');
        return task === undefined ? 'no task' : `refused: ${answer.why}`;
      }
      assert.ok(task !== undefined);
      judgeEdit({ lines, after: answer.text, ids, before, task, edit: wanted });
      assert.equal(textOf(editTodo({ text: answer.text, ids }, { ...wanted, id })), answer.text, 'the same edit again');
      return answer.text === text ? 'unchanged' : 'edited';
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      assert.equal(error.code, 'todo-token-invalid');
      return `refused: ${error.code}`;
    }
  },
};

function judgeTodo(given: { todo: Todo; text: string; lines: number }): void {
  const { tasks, problems } = given.todo;
  assert.equal(new Set(tasks.map((task) => task.id)).size, tasks.length, 'an id twice');
  let last = 0;
  for (const { line } of tasks) assert.ok(line >= 1 && line <= given.lines);
  for (const { line, message, hint } of problems) {
    assert.ok(line >= last && line <= given.lines, 'problems in the order of their lines');
    assert.ok(message.length <= 800 && hint.length > 0);
    last = line;
  }
  // If no line can be in a code block, each line that looks like a task is one, or is reported because its id occurs twice.
  if (/```|~~~|<!--/.test(given.text)) return;
  const seen = given.text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .flatMap((line, index) =>
      /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\[[ xX-]\][ \t]+t\d{1,12}(?:\.\d{1,12}){0,2}(?=[ \t]|$)/.test(line) ? [index + 1] : [],
    );
  const told = new Set([
    ...tasks.map((task) => task.line),
    ...problems.filter(({ code }) => code === 'duplicate-id').map(({ line }) => line),
  ]);
  for (const line of seen) assert.ok(told.has(line), `line ${line} is a task and was not told`);
}

/** Checks that no text below a task is lost: each line is a task, or in a body. */
function judgeBodies({ tasks, problems }: Todo, text: string): void {
  // The text below the second line of an id belongs to no task, which is reported.
  if (tasks.length > 200 || problems.some(({ code }) => code === 'duplicate-id')) return;
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/);
  const own = new Set(tasks.map(({ line }) => line));
  const bodies = tasks.map(({ body }) => body ?? '').join('\n');
  for (const { line } of tasks) {
    const column = columnOf(lines[line - 1]!);
    for (let at = line; at < lines.length; at += 1) {
      const words = lines[at]!.replace(/^[ \t]+/, '');
      if (words !== '' && columnOf(lines[at]!) < column + 2) break;
      if (!own.has(at + 1)) assert.ok(bodies.includes(words.trimEnd()), `line ${at + 1} is lost`);
    }
  }
}

function columnOf(line: string): number {
  let column = 0;
  for (const character of /^[ \t]*/.exec(line)![0]) column += character === '\t' ? 4 - (column % 4) : 1;
  return column;
}

/** Checks that ids are added to lines and nothing else changes; each line that got an id is a task. */
function judgeIds(given: { before: Todo; text: string; ids: string }): void {
  const { before, text, ids } = given;
  const assigned = assignIds({ text, ids, taken: idsIn({ text, ids }) });
  const lines = assigned.text.split(/(\r\n|\r|\n)/);
  const after = new Map(parseTodo({ text: assigned.text, ids }).tasks.map((task) => [task.id, task.line]));
  for (const { line, id } of assigned.given) {
    assert.equal(after.get(id), line, `${id} is no task`);
    lines[(line - 1) * 2] = lines[(line - 1) * 2]!.replace(`${id} `, '');
  }
  assert.equal(lines.join(''), text, 'something else was changed');
  assert.equal(after.size, before.tasks.length + assigned.given.length);
}

function judgeEdit(given: { lines: string[]; after: string; ids: string; before: Todo; task: TodoTask; edit: Input['edit'] }): void {
  const { lines, ids, before, task, edit: wanted } = given;
  const at = (task.line - 1) * 2;
  const after = given.after.split(/(\r\n|\r|\n)/);
  assert.equal(after.length, lines.length);
  for (const [index, line] of lines.entries()) if (index !== at) assert.equal(after[index], line);
  assert.equal(/[ \t]*$/.exec(after[at]!)![0], /[ \t]*$/.exec(lines[at]!)![0], 'blanks at the end');
  const set: Record<string, unknown> = {};
  // The expected value of a key is what a line with nothing else in it means.
  for (const [key, put] of Object.entries(wanted.insert ?? {}))
    set[key] = Reflect.get(parseTodo({ text: `- [ ] t0 a ${key}:${put}`, ids }).tasks[0]!, key);
  const read = parseTodo({ text: given.after, ids }).tasks;
  assert.equal(read.length, before.tasks.length);
  for (const [index, was] of before.tasks.entries()) {
    assert.deepEqual(read[index], was === task ? { ...was, ...set, mark: wanted.mark ?? was.mark } : was);
  }
}

function textOf(answer: ReturnType<typeof editTodo>): string {
  return answer.edited ? answer.text : answer.why;
}
