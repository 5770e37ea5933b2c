import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../fault.ts';
import { editTodo as edit } from './edit.ts';
import type { TodoEdit } from './edit.ts';
import { parseTodo as parse } from './line.ts';

const editTodo = (text: string, change: TodoEdit) => edit({ text, ids: 't' }, change);
const parseTodo = (text: string) => parse({ text, ids: 't' });

/** Any UTF-16 at all, lone surrogates included. */
const anyUnits = fc.array(fc.nat(0xffff), { maxLength: 100 }).map((units) => String.fromCharCode(...units));

function edited(text: string, edit: TodoEdit): string {
  const answer = editTodo(text, edit);
  if (!answer.edited) throw new Error(answer.why);
  return answer.text;
}

describe('editTodo', () => {
  it('makes no problem of what it writes beside tokens of the lines below', () => {
    const insert = { branch: 'yard/t1-a', status: 'no-change-needed', completed: '2026-02-07' };
    const text = edited('- [ ] t1 a\n  more status:wip branch:mine\n', { id: 't1', mark: 'done', insert });
    expect(parseTodo(text)).toMatchObject({ tasks: [{ mark: 'done', ...insert }], problems: [] });
    expect(parseTodo(text.replace('[x]', '[ ]')).problems).toMatchObject([{ code: 'repeated-token' }, { code: 'repeated-token' }]);
  });

  it('ticks, declines and opens', () => {
    expect(edited('- [ ] t1 a\n', { id: 't1', mark: 'done' })).toBe('- [x] t1 a\n');
    expect(edited('- [x] t1 a\n', { id: 't1', mark: 'declined' })).toBe('- [-] t1 a\n');
    expect(edited('- [-] t1 a\n', { id: 't1', mark: 'open' })).toBe('- [ ] t1 a\n');
  });

  it('knows ids of a project', () => {
    const list = { text: '- [ ] AUTH-1 a\n  - [ ] t2 b\n- [ ] AUTH-3 c parent:AUTH-1', ids: 'AUTH-' };
    expect(edit(list, { id: 'AUTH-1', mark: 'done' })).toEqual({ edited: false, why: 'open-children', children: ['t2', 'AUTH-3'] });
    expect(edit(list, { id: 't2', insert: { parent: 'AUTH-3' } })).toMatchObject({ text: expect.stringContaining('t2 b parent:AUTH-3') });
  });

  it('changes nothing where nothing is to be changed', () => {
    expect(edited('- [X] t1 a', { id: 't1', mark: 'done' })).toBe('- [X] t1 a');
    expect(edited('- [ ] t1 a', { id: 't1' })).toBe('- [ ] t1 a');
  });

  it('knows tokens of the lines below, and touches the own line alone', () => {
    const text = '- [ ] t1 a\n  goes on logged:2026-01-01\n- [ ] t2 b\n  goes on parent:t1\n';
    expect(editTodo(text, { id: 't1', mark: 'done' })).toEqual({ edited: false, why: 'open-children', children: ['t2'] });
    const after = edited(text, { id: 't1', insert: { logged: '2026-02-02' } });
    expect(after).toBe('- [ ] t1 a logged:2026-02-02\n  goes on logged:2026-01-01\n- [ ] t2 b\n  goes on parent:t1\n');
    expect(parseTodo(after).tasks[0]).toMatchObject({ logged: '2026-02-02' });
  });

  const inserts: readonly [before: string, insert: TodoEdit['insert'], after: string][] = [
    ['- [ ] t1 a logged:2026-01-01', { completed: '2026-02-07' }, '- [ ] t1 a completed:2026-02-07 logged:2026-01-01'],
    [
      '- [ ] t1 a #b logged:2026-01-01 ref:GH#1',
      { branch: 'yard/t1-a', pr: '#12', completed: '2026-02-07' },
      '- [ ] t1 a #b branch:yard/t1-a pr:#12 completed:2026-02-07 logged:2026-01-01 ref:GH#1',
    ],
    ['- [ ] t1 a \t ', { completed: '2026-02-07' }, '- [ ] t1 a completed:2026-02-07 \t '],
    ['- [ ] t1', { verified: '2026-02-07' }, '- [ ] t1 verified:2026-02-07'],
    ['- [ ] t1 a → [todo/PLANS.md#b]', { actual: '~2h' }, '- [ ] t1 a → [todo/PLANS.md#b] actual:~2h'],
    ['- [ ] t1 `logged:2026-01-01` a', { completed: '2026-02-07' }, '- [ ] t1 `logged:2026-01-01` a completed:2026-02-07'],
    [
      '- [ ] t1 a pr:#1  #x  logged:2026-01-01',
      { completed: '2026-02-07', pr: '#22' },
      '- [ ] t1 a pr:#22  #x  completed:2026-02-07 logged:2026-01-01',
    ],
    ['- [ ] t1 a completed:soon completed:2026-01-01', { completed: '2026-02-07' }, '- [ ] t1 a completed:2026-02-07 completed:2026-01-01'],
    [
      '- [ ] t1 a logged:2026-01-01',
      { logged: '2026-01-02', completed: '2026-02-07' },
      '- [ ] t1 a completed:2026-02-07 logged:2026-01-02',
    ],
    ['- [ ] t1 a logged:yesterday', { status: 'no-change-needed' }, '- [ ] t1 a status:no-change-needed logged:yesterday'],
    ['- [ ] t1 a', {}, '- [ ] t1 a'],
  ];
  it.each(inserts)('%s + %j', (before, insert = {}, after) => {
    const around = ['\uFEFF# ä\r\n\t- [ ] t2 b\r\n', '\r\n  - Notes: logged:2026-01-01 \r\n\u0000\n\n```\n- [ ] t1 x'];
    expect(edited(around.join(before), { id: 't1', insert })).toBe(around.join(after));
    expect(edited(before, { id: 't1', mark: 'done', insert })).toBe(after.replace('[ ]', '[x]'));
  });

  it.each([
    ['- [x] t1 a branch:b completed:2026-02-07', '- [ ] t1 a'],
    ['- [x] t1 a #x  branch:b completed:2026-02-07 logged:2026-01-01 \r', '- [ ] t1 a #x logged:2026-01-01 \r'],
    ['- [x] t1 a branch:mine `branch:b`\tcompleted:2026-02-07', '- [ ] t1 a branch:mine `branch:b`'],
    ['- [x] t1 branch:b', '- [ ] t1'],
    ['- [x] t1 a\n- [x] t2 b branch:b', '- [ ] t1 a\n- [x] t2 b branch:b'],
  ])('takes out tokens with the blanks before them: %j', (before, after) => {
    const without = [{ branch: 'c' }, { branch: 'b', completed: '2026-02-07' }];
    expect(edited(before, { id: 't1', mark: 'open', without })).toBe(after);
  });

  it.each(inserts.filter(([before, insert]) => Object.keys(insert ?? {}).every((key) => !before.includes(` ${key}:`))))(
    'takes back what it put in: %s + %j',
    (before, insert = {}) => {
      const ticked = edited(before, { id: 't1', mark: 'done', insert });
      expect(edited(ticked, { id: 't1', mark: 'open', without: [insert] })).toBe(before);
    },
  );

  it('is the same when it is done again', () => {
    const edit: TodoEdit = { id: 't1', mark: 'done', insert: { completed: '2026-02-07', branch: 'yard/t1' } };
    const once = edited('- [ ] t1 a logged:2026-01-01', edit);
    expect(edited(once, edit)).toBe(once);
  });

  it('finds no line in code, and refuses two', () => {
    expect(editTodo('```\n- [ ] t1 a\n```', { id: 't1', mark: 'done' })).toEqual({ edited: false, why: 'unknown-id' });
    expect(editTodo('- [ ] t11 a\n- [ ] t1.1 a', { id: 't1', mark: 'done' })).toEqual({ edited: false, why: 'unknown-id' });
    expect(editTodo('- [ ] t1 a\n- [x] t1 a', { id: 't1', mark: 'done' })).toEqual({ edited: false, why: 'duplicate-id' });
  });

  const parents: readonly [text: string, children: string[]][] = [
    ['- [ ] t1 a\n- [ ] t1.1 b\n- [ ] t1.1.1 c', ['t1.1', 't1.1.1']],
    ['- [ ] t1 a\n- [ ] t1.2.3 b', ['t1.2.3']],
    ['- [ ] t1 a\n  - [ ] t2 b', ['t2']],
    ['- [ ] t1 a\n\t- [ ] t2 b', ['t2']],
    ['- [ ] t1 a\n  - [x] t2 b\n  - [-] t3 c\n    - [ ] t4 d', ['t4']],
    ['- [ ] t1 a\n  - [x] t2 b\n- [ ] t2.5 c', ['t2.5']],
    ['- [ ] t1 a parent:t2\n- [ ] t2 b parent:t1', ['t2']],
    ['- [ ] t1 a\n  - [ ] t2 b parent:t9', ['t2']],
    ['- [ ] t1 a\n  - group\n    - [ ] t2 b', ['t2']],
  ];
  it.each(parents)('does not tick a parent of an open task: %j', (text, children) => {
    expect(editTodo(text, { id: 't1', mark: 'done' })).toEqual({ edited: false, why: 'open-children', children });
    // Everything but ticking is allowed.
    expect(edited(text, { id: 't1', mark: 'declined' })).toBe(text.replace('[ ]', '[-]'));
    expect(edited(text, { id: 't1', insert: { status: 'x' } })).not.toBe(text);
  });

  it('ticks a parent whose tasks are closed, and leaves one ticked', () => {
    expect(edited('- [ ] t1 a\n  - [x] t2 b\n- [-] t1.1 c\n- [ ] t11 d\n  - [ ] plain', { id: 't1', mark: 'done' })).toMatch(/^- \[x\] t1/);
    expect(edited('- [x] t1 a\n- [ ] t1.1 b', { id: 't1', mark: 'done', insert: { pr: '1' } })).toBe('- [x] t1 a pr:1\n- [ ] t1.1 b');
  });

  const bad: readonly TodoEdit['insert'][] = [
    { branch: 'a b' },
    { branch: 'a\nb' },
    { branch: 'a #b' },
    { branch: '' },
    { branch: 'a`b' },
    { branch: ' a' },
    { completed: 'today' },
    { pr: 'x' },
    { actual: 'long' },
    { parent: 'x' },
    { status: '//a' },
    { branch: 'x'.repeat(3000) },
  ];
  it.each(bad)('refuses %j', (insert = {}) => {
    expect(() => editTodo('- [ ] t1 a', { id: 't1', insert })).toThrow(expect.objectContaining({ code: 'todo-token-invalid' }));
    expect(() => editTodo('- [ ] t1 a', { id: 't1', insert })).toThrow(Fault);
  });
});

// Whole files: any mix of tasks, prose, code and comments, each with its own indentation and line ending.
const word = fc.constantFrom(
  'Fix',
  'größe',
  '日本',
  '—',
  '`#no ~2h`',
  '`',
  '``',
  'node:fs',
  '#12',
  '~',
  '~x',
  'a@b.c',
  '→',
  '[x]',
  '\ud83d\ude00',
);
const token = fc.constantFrom(
  '#auto-dispatch',
  '#ü',
  '@ann',
  '~2h',
  '~3z',
  'model:opus',
  'mcp:a,b',
  'role:reviewer',
  'blocked-by:t2,t3',
  'blocked-by:x',
  'blocks:t4',
  'parent:t3',
  'logged:2026-02-07',
  'logged:never',
  'completed:2026-01-01',
  'completed:soon',
  'branch:yard/x',
  'pr:#3',
  'pr:none',
  'actual:1h',
  'ref:GH#12',
  'x:y',
  'status:review',
  '→ [todo/PLANS.md#a]',
  '`completed:2026-01-01`',
);
const gap = fc.constantFrom(' ', '  ', '\t', '\u00a0');
const rest = fc.array(fc.tuple(gap, fc.oneof(word, token)), { maxLength: 9 }).map((parts) => parts.flat().join(''));
const indent = fc.constantFrom('', '', '  ', '    ', '\t', '      ', ' ');
const trail = fc.constantFrom('', '', ' ', '  ', '\t');
const task = fc
  .tuple(
    indent,
    fc.constantFrom('-', '*', '+'),
    fc.constantFrom(' ', 'x', 'X', '-'),
    fc.nat(6),
    fc.constantFrom('', '', '.1', '.2', '.1.3'),
    rest,
    trail,
  )
  .map(([before, bullet, mark, number, dots, words, after]) => `${before}${bullet} [${mark}] t${number}${dots}${words}${after}`);
const other = fc
  .tuple(
    indent,
    fc.constantFrom(
      '',
      '',
      '# Head',
      'prose',
      '- item',
      '- Notes: #a ~2h logged:2026-01-01',
      '- [ ] plain',
      '```',
      '```',
      '~~~~',
      '<!-- a -->',
      '<!--',
      '-->',
      '- [ ] t12. x',
      '\u0000',
    ),
  )
  .map((parts) => parts.join(''));
const file = fc
  .tuple(
    fc.constantFrom('', '\uFEFF'),
    fc.array(fc.tuple(fc.oneof({ weight: 3, arbitrary: task }, other), fc.constantFrom('\n', '\n', '\r\n', '\r')), { maxLength: 25 }),
    fc.boolean(),
  )
  .map(
    ([mark, lines, ends]) =>
      mark + lines.map(([line, ending], index) => (index === lines.length - 1 && !ends ? line : line + ending)).join(''),
  );
const insert = fc.record(
  {
    completed: fc.constant('2026-11-30'),
    branch: fc.constant('yard/t1-größe'),
    pr: fc.constant('#77'),
    logged: fc.constant('2026-11-29'),
    verified: fc.constant('2026-12-01'),
    actual: fc.constant('~90m'),
    status: fc.constant('done'),
  },
  { requiredKeys: [] },
);
const mark = fc.constantFrom('open', 'done', 'declined', undefined);

/** The values that reading back the inserted tokens gives. */
const read = {
  completed: '2026-11-30',
  branch: 'yard/t1-größe',
  pr: 77,
  logged: '2026-11-29',
  verified: '2026-12-01',
  actual: 90 * 60_000,
  status: 'done',
};

describe('any file', () => {
  it('keeps every byte but those of the line, which says what was set and otherwise what it said', () => {
    let edits = 0;
    fc.assert(
      fc.property(file, fc.nat(), mark, insert, (text, pick, wanted, puts) => {
        const before = parseTodo(text);
        const chosen = before.tasks[pick % Math.max(1, before.tasks.length)];
        if (chosen === undefined) return;
        const answer = editTodo(text, { id: chosen.id, insert: puts, ...(wanted === undefined ? {} : { mark: wanted }) });
        const isTwice = before.problems.some((problem) => problem.code === 'duplicate-id' && problem.task === chosen.id);
        const isTick = wanted === 'done' && chosen.mark !== 'done';
        const possible = isTwice ? ['duplicate-id'] : isTick ? ['edited', 'open-children'] : ['edited'];
        expect(possible).toContain(answer.edited ? 'edited' : answer.why);
        if (!answer.edited) return;
        edits += 1;
        const split = (whole: string): string[] => whole.split(/(\r\n|\r|\n)/);
        const [was, is] = [split(text), split(answer.text)];
        const at = (chosen.line - 1) * 2;
        expect(is.toSpliced(at, 1)).toEqual(was.toSpliced(at, 1));
        expect(/\s*$/.exec(is[at]!)![0]).toBe(/\s*$/.exec(was[at]!)![0]);
        const after = parseTodo(answer.text);
        const set = Object.fromEntries(Object.keys(puts).map((key) => [key, read[key as keyof typeof read]]));
        const expected = before.tasks.map((one) => (one === chosen ? { ...one, ...set, mark: wanted ?? one.mark } : one));
        expect(after.tasks).toEqual(expected);
      }),
      { numRuns: 700 },
    );
    expect(edits).toBeGreaterThan(150);
  });

  it('without the task is refused', () => {
    fc.assert(
      fc.property(anyUnits, fc.string({ maxLength: 5 }), (text, id) => {
        expect(editTodo(text, { id, mark: 'done', insert: { completed: '2026-11-30' } })).toEqual({ edited: false, why: 'unknown-id' });
      }),
    );
  });

  it('of megabytes is edited', () => {
    const filler = Array.from({ length: 20_000 }, (_, n) => `  - [ ] t${n + 2} words \`x\` parent:t${n + 3}`).join('\n');
    expect(editTodo(`- [ ] t1 a\n${filler}`, { id: 't1', mark: 'done' })).toMatchObject({
      why: 'open-children',
      children: { length: 20_000 },
    });
    const line = `- [ ] t1 ${'word #tag '.repeat(100_000)}`;
    expect(edited(line, { id: 't1', insert: { pr: '#1' } })).toBe(`${line.trimEnd()} pr:#1 `);
  });
});

it.each<[text: string, after: string, kept: readonly string[]]>([
  ['- [ ] t1 a status:wip logged:2026-01-01', '- [x] t1 a status:wip completed:2026-02-07 logged:2026-01-01', ['status']],
  ['- [ ] t1 a\n  more status:wip', '- [x] t1 a completed:2026-02-07\n  more status:wip', ['status']],
  ['- [ ] t1 a', '- [x] t1 a status:no-change-needed completed:2026-02-07', []],
  ['- [ ] t1 a status:no-change-needed', '- [x] t1 a status:no-change-needed completed:2026-02-07', []],
])('what is a person’s own is kept where that is asked for: %j', (text, after, kept) => {
  const insert = { status: 'no-change-needed', completed: '2026-02-07' };
  expect(editTodo(text, { id: 't1', mark: 'done', insert, keep: ['status'] })).toEqual({ edited: true, text: after, kept });
});
