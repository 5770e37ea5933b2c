// Text in a task list that was probably meant differently: each is reported with its line.
import { describe, expect, it } from 'vitest';
import { idsIn, absenceFrom, parseTodo as parse } from './line.ts';
import type { TodoTask } from './line.ts';

const parseTodo = (text: string) => parse({ text, ids: 't' });
const codes = (text: string): string[] => parseTodo(text).problems.map(({ line, code }) => `${line} ${code}`);

describe('problems', () => {
  const cases: readonly [line: string, code: string, told: string, id: string][] = [
    ['- [ ] t12. x', 'bad-id', '"t12."', 't12'],
    ['- [ ] T12 x', 'bad-id', '"T12"', 't12'],
    ['- [ ] t12: x', 'bad-id', '"t12:"', 't12'],
    ['- [ ] t1..2 x', 'bad-id', '"t1..2"', 't1'],
    [`- [ ] t${'1'.repeat(99)} x`, 'bad-id', 't111', 't111111111111'],
    ['- [ ] t1.2.3.4 x', 'too-deep', 't1.2.3.4', 't1.2.3'],
    ['- [] t1 x', 'bad-checkbox', 't1', 't1'],
    ['- [ ]t1 x', 'bad-checkbox', 't1', 't1'],
    ['- [?] t1 x', 'bad-checkbox', 't1', 't1'],
    ['- [ x ] t1 x', 'bad-checkbox', 't1', 't1'],
  ];
  it.each(cases)('%s hides no other task', (line, code, told, id) => {
    const { tasks, problems } = parseTodo(`- [ ] t8 a\n${line}\n- [ ] t9 b`);
    expect(tasks.map((task) => task.id)).toEqual(['t8', 't9']);
    expect(problems).toEqual([{ line: 2, task: id, code, message: expect.stringContaining(told), hint: expect.any(String) }]);
  });

  const tokens: readonly [rest: string, title: string, values: Partial<TodoTask>][] = [
    ['x blocked-by:t2,,t3', 'x', { blockedBy: ['t2', 't3'] }],
    ['x blocked-by:t2,12', 'x', { blockedBy: ['t2', '12'] }],
    ['x blocked-by: t2', 'x blocked-by: t2', { blockedBy: [] }],
    ['x blocks:t1.2.3.4', 'x', { blocks: ['t1.2.3.4'] }],
    ['x parent:t', 'x', { parent: null }],
    ['x parent:t1', 'x', { parent: 't1' }],
    ['x ~2weeks', 'x ~2weeks', { estimate: null }],
    ['x ~99999999999999999999d', 'x ~99999999999999999999d', { estimate: null }],
    [`x ~${'9'.repeat(40)}h`, `x ~${'9'.repeat(40)}h`, { estimate: null }],
    ['x actual:long', 'x', { actual: null }],
    ['x pr:abc', 'x', { pr: null }],
    ['x completed:soon', 'x', { completed: null }],
    ['x completed:2026-13-01', 'x', { completed: null }],
    ['x completed:2026-04-31', 'x', { completed: null }],
    ['x completed:2026-04-00', 'x', { completed: null }],
    ['x completed:2025-02-29', 'x', { completed: null }],
    ['x completed:1900-02-29', 'x', { completed: null }],
    [`x completed:${'9'.repeat(200)}`, 'x', { completed: null }],
  ];
  it.each(tokens)('%s is a task with a token that cannot be read', (rest, title, values) => {
    const { tasks, problems } = parseTodo(`- [ ] t1 ${rest}`);
    expect(tasks).toMatchObject([{ id: 't1', title, ...values }]);
    // A task that is its own parent also waits for itself.
    expect(problems[0]).toMatchObject({ line: 1, task: 't1', code: 'bad-token' });
    expect(problems[0]!.message.length).toBeLessThan(200);
  });

  it('leaves prose with a tilde alone, and a leap day of the century', () => {
    expect(parseTodo('- [ ] t1 in ~/x ~ some completed:2000-02-29')).toMatchObject({
      tasks: [{ title: 'in ~/x ~ some', completed: '2000-02-29' }],
      problems: [],
    });
  });

  it('a line that cannot be read still stands there, and behind what is never closed any may', () => {
    const absence = (text: string) => ['t1', 't2', 't3', 't4'].map(absenceFrom(parseTodo(text)));
    const text = '- [ ] t1 a\n- [?] t2 b\n- [x] t3 c';
    expect(absence(text)).toEqual([null, 'unread', null, 'gone']);
    expect(absence(`${text}\n~~~\n`)).toEqual([null, 'unread', null, 'unread']);
  });

  it('of the same id: the first line counts', () => {
    const { tasks, problems } = parseTodo('- [ ] t1 a\n- [x] t2 b\n- [x] t1 c\n  - Notes: of the second');
    expect(tasks).toMatchObject([{ id: 't1', title: 'a', mark: 'open', body: null }, { id: 't2' }]);
    expect(problems).toMatchObject([{ line: 3, task: 't1', code: 'duplicate-id', message: expect.stringContaining('line 1') }]);
  });

  it('of a missing title, of nesting, of what is never closed', () => {
    expect(codes('- [ ] t1\n- [ ] t2 #a\n- [ ] t3 a')).toEqual(['1 no-title', '2 no-title']);
    expect(codes('- [ ] t1 a\n  - [ ] t2 b\n    - [ ] t3 c\n      - [ ] t4 d')).toEqual(['4 too-deep']);
    expect(codes('- [ ] t1 a\n~~~\n- [ ] t2 b')).toEqual(['2 unclosed']);
    expect(codes('- [ ] t1 a\n<!--\n- [ ] t2 b')).toEqual(['2 unclosed']);
  });

  const unread: readonly [line: string, told: string, hint: string][] = [
    ['- [ ] Fix the login #auto-dispatch', 'no id', 'such as t12'],
    ['- [ ] #12 Fix the login #auto-dispatch', '"#12" is no id', 'such as t12'],
    ['- [ ] AUTH-123 Fix the login #auto-dispatch', '"AUTH-123" is no id', 'todo.ids: AUTH-'],
    ['- [ ] **t4** Fix the login #auto-dispatch', '"**t4**" is no id', 'without the punctuation around it: t4'],
    ['1) [ ] `t4`: Fix the login #auto-dispatch', '"`t4`:" is no id', 'without the punctuation around it: t4'],
    ['- [ ] Fix the login #auto-dispach', 'no id', 'such as t12'],
    ['- [?] Fix the login #autodispatch', 'no id', 'such as t12'],
    ['- t4 Fix the login #auto-dispatch', 'no checkbox', '- [ ] t12'],
    ['t4 Fix the login #auto-dispatch', 'no checkbox', '- [ ] t12'],
    ['> - [ ] t4 Fix the login #auto-dispatch', 'no checkbox', 'backticks'],
    ['  - [ ] a step #auto-dispatch', 'no id', 'such as t12'],
    ['- [ ] Fix the login #auto-dispatch\n  goes on #auto-dispatch\n  and on #auto-dispatch', 'no id', 'such as t12'],
    ['> - [ ] quoted #auto-dispatch\n<!-- #auto-dispatch -->', 'no checkbox', 'backticks'],
    ['- [ ] Fix the login (#auto-dispatch)', 'no id', 'such as t12'],
    ['- [ ] Fix the login **#auto-dispach**', 'no id', 'such as t12'],
  ];
  it.each(unread)('%s is marked for dispatch and cannot be read', (line, told, hint) => {
    const id = /^[^>]*\bt4/.test(line) ? 't4' : null;
    expect(parseTodo(`- [ ] t8 a\n${line}\n- [ ] t9 b`)).toMatchObject({
      tasks: [{ id: 't8' }, { id: 't9' }],
      problems: [{ line: 2, task: id, code: 'not-read', message: expect.stringContaining(told), hint: expect.stringContaining(hint) }],
    });
  });

  it('has nothing to say of a mark that asks for nothing', () => {
    const lines = [
      '- [x] Done #auto-dispatch',
      '- [-] Declined #auto-dispatch',
      'Say `#auto-dispatch`.',
      'Say (`so: #auto-dispatch, and more`).',
      '- [ ] Other #auto',
      '```',
      '#auto-dispatch',
      '```',
    ];
    expect(parseTodo(`${lines.join('\n')}\n- [ ] t1 a\n  goes on #auto-dispatch`).problems).toEqual([]);
    expect(codes('- [ ] t1 a\n\n  later #auto-dispatch')).toEqual(['3 not-read']);
    expect(codes('- a\n  goes on #auto-dispatch\n- [x] b\n  goes on #auto-dispatch\n- [ ] c\nat the margin #auto-dispatch')).toEqual([
      '2 not-read',
      '6 not-read',
    ]);
  });

  const misspelt: readonly [line: string, word: string, meant: string][] = [
    ['- [ ] t1 a #auto-dispach', '#auto-dispach', '#auto-dispatch'],
    ['- [ ] t1 a modell:opus', 'modell:opus', 'model:opus'],
    ['- [ ] t1 a #x prio:high', 'prio:high', 'priority:high'],
    ['- [ ] t1 a\n  Blocked-By:t2', 'Blocked-By:t2', 'blocked-by:t2'],
    ['- [ ] t1 a (#auto-dispatch)', '(#auto-dispatch)', '#auto-dispatch'],
    ['- [ ] t1 a #auto-dispatch, #x', '#auto-dispatch,', '#auto-dispatch'],
    ['- [ ] t1 a #x *#Auto-Dispach*', '*#Auto-Dispach*', '#auto-dispatch'],
    ['- [ ] t1 a #x model: opus', 'model:', 'model:VALUE'],
    ['- [ ] t1 a\n  #x agent: claude', 'agent:', 'agent:VALUE'],
  ];
  it.each(misspelt)('%s has a word that was probably meant otherwise', (line, word, meant) => {
    expect(parseTodo(line).problems).toEqual([
      expect.objectContaining({
        code: 'bad-token',
        message: expect.stringContaining(`"${word}" of t1 is read as`),
        hint: expect.stringContaining(`did you mean ${meant}?`),
      }),
    ]);
  });

  it('has nothing to say of words that are like no key, or in backticks', () => {
    expect(parseTodo('- [ ] t1 use node:fs `modell:x` at http://x #auto std::x x:y priority:high').problems).toEqual([]);
    expect(parseTodo('- [ ] t1 split the data model: one for each (#auto) #x note: y').problems).toEqual([]);
  });

  it('of a ticked task with an open subtask', () => {
    expect(
      codes(
        '- [x] t1 a\n- [ ] t1.2.3 b\n- [x] t2 c\n  - [ ] t3 d\n- [x] t4 e\n- [ ] t5 f parent:t4\n- [-] t6 g\n- [ ] t6.1 h\n- [x] t7 i\n- [-] t7.1 j',
      ),
    ).toEqual(['1 open-child', '3 open-child', '5 open-child']);
  });

  it('of tasks that wait for each other', () => {
    const message = (text: string) => parseTodo(text).problems.map((problem) => `${problem.line} ${problem.code} ${problem.message}`);
    expect(message('- [ ] t1 a blocked-by:t1')).toEqual(['1 cycle t1 waits for itself']);
    expect(message('\n- [ ] t1 a blocked-by:t2\n- [ ] t2 b blocked-by:t3\n- [ ] t3 c blocked-by:t1')).toEqual([
      '2 cycle t1 waits for t2 waits for t3 waits for t1: none of them can start',
    ]);
    expect(message('- [ ] t1 a blocked-by:t2\n- [x] t2 b blocked-by:t1')).toEqual([]);
    const long = Array.from({ length: 12 }, (_, index) => `- [ ] t${index} a blocked-by:t${(index + 1) % 12}`).join('\n');
    expect(message(long)).toEqual([expect.stringMatching(/^0?1 cycle t0 waits for .* waits for … waits for t0:/)]);
  });

  it('of a subtask that waits for its parent, which waits for it', () => {
    expect(codes('- [ ] t1 a\n- [ ] t1.1 b blocked-by:t1\n- [ ] t1.2 c\n- [x] t1.3 d')).toEqual(['1 cycle']);
  });
});

it('the ids of a list are all that it mentions, also where they are written in another way', () => {
  const text = [
    '- [ ] t1 a blocked-by:t2 blocks:t3 parent:t4',
    '- [ ] **t5** b',
    '- [ ] t6: c #auto-dispatch',
    '- [] t7 d',
    '- [ ] T8 e',
    '- t9 f',
    't10 g',
    '- [-] t11 h',
    '- [ ] t1 twice',
    '- [ ] `t12.1`. i',
    '```',
    '- [ ] t90 code',
    '```',
    '',
    '<!-- t91 -->',
    '- [ ] SHOP-92 of a tracker, and what is said of t93',
    '- [ ] AUTH-13: j',
  ].join('\n');
  const found = (prefix: string) => [...new Set(idsIn({ text, ids: prefix }))].toSorted();
  const of = ['t1', 't10', 't11', 't12.1', 't2', 't3', 't4', 't5', 't6', 't7', 't8', 't9'];
  expect(found('t')).toEqual(of);
  expect(found('AUTH-')).toEqual(['AUTH-13', ...of]);
});
