import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idsIn, parseTodo as parse } from './todo-line.ts';
import type { TodoTask } from './todo-line.ts';
import { hour } from './time.ts';

const parseTodo = (text: string) => parse({ text, ids: 't' });

/** Any UTF-16 at all, lone surrogates included. */
const anyUnits = fc.array(fc.nat(0xffff), { maxLength: 200 }).map((units) => String.fromCharCode(...units));

function one(line: string): TodoTask {
  const { tasks } = parseTodo(line);
  expect(tasks).toHaveLength(1);
  return tasks[0]!;
}

const ids = (text: string): string[] => parseTodo(text).tasks.map((task) => task.id);
const codes = (text: string): string[] => parseTodo(text).problems.map(({ line, code }) => `${line} ${code}`);

describe('a line', () => {
  it('is read with all its tokens', () => {
    const line =
      '- [ ] t128.3 Title — more words @owner #tag #auto-dispatch ~2h model:sonnet agent:claude mcp:context7,x mcp:y role:reviewer category:fix blocked-by:t1,t2.1 blocks:t4 parent:t7 assignee:ann logged:2026-02-07 started:2026-02-08T10:00:00Z completed:2024-02-29 actual:1h30m verified:2026-02-10 ref:GH#12 ref:GH#13 pr:#14 branch:yard/t128.3-x status:review x:y → [todo/PLANS.md#some-plan]';
    expect(one(line)).toEqual({
      id: 't128.3',
      title: 'Title — more words',
      mark: 'open',
      tags: ['tag', 'auto-dispatch'],
      owner: 'owner',
      estimate: 2 * hour,
      model: 'sonnet',
      agent: 'claude',
      mcp: ['context7', 'x', 'y'],
      role: 'reviewer',
      category: 'fix',
      blockedBy: ['t1', 't2.1'],
      blocks: ['t4'],
      parent: 't7',
      assignee: 'ann',
      logged: '2026-02-07',
      started: '2026-02-08T10:00:00Z',
      completed: '2024-02-29',
      actual: 1.5 * hour,
      verified: '2026-02-10',
      refs: ['GH#12', 'GH#13'],
      pr: 14,
      branch: 'yard/t128.3-x',
      status: 'review',
      plan: 'todo/PLANS.md#some-plan',
      unknown: ['x:y'],
      body: null,
      line: 1,
      depth: 0,
    });
    expect(codes(line)).toEqual([]);
  });

  it('has nothing but a title', () => {
    const task = one('* [X] t1  Some\twords  ');
    expect(task).toMatchObject({
      id: 't1',
      title: 'Some words',
      mark: 'done',
      tags: [],
      owner: null,
      estimate: null,
      actual: null,
      pr: null,
      parent: null,
      plan: null,
    });
  });

  const titles: readonly [rest: string, title: string][] = [
    ['Before #a between @b after ~1h end', 'Before between after end'],
    ['Say `#tag ~2h model:x` and ``a ` #b`` #c', 'Say `#tag ~2h model:x` and ``a ` #b``'],
    ['An open ` backtick #tag', 'An open ` backtick'],
    ['A word touching`code`#no and #yes', 'A word touching`code`#no and'],
    ['Fix #12 in C# for a@b.c at @ and @types/node, #tag.', 'Fix #12 in C# for a@b.c at @ and @types/node, #tag.'],
    ['Use node:fs and std::x at http://a.b/c:1 #t', 'Use node:fs and std::x at http://a.b/c:1'],
    ['Data model: new status: open', 'Data model: new status: open'],
    ['Go A → B → [x](y) now', 'Go A → B → [x](y) now'],
    ['Plan → [todo/PLANS.md](todo/PLANS.md) x', 'Plan x'],
    ['Plan →[p.md#ü] x', 'Plan x'],
    ['constructor:x __proto__:y', 'constructor:x __proto__:y'],
    [`Long ${'#a'.repeat(1500)}`, `Long ${'#a'.repeat(1500)}`],
    ['No\u00a0break\u2003space\u3000#x', 'No break space'],
    ['\ud83d\ude00 Größe @größe #größe', '\ud83d\ude00 Größe'],
  ];
  it.each(titles)('keeps as title what is no token: %s', (rest, title) => {
    expect(one(`- [ ] t1 ${rest}`).title).toBe(title);
  });

  it('keeps unknown tokens among the tokens apart', () => {
    expect(one('- [ ] t1 Use node:fs #a prio:high node:x http://x.y std::z')).toMatchObject({
      title: 'Use node:fs http://x.y std::z',
      unknown: ['prio:high', 'node:x'],
    });
  });

  it('takes the first of what it can have once, and all of what adds up', () => {
    const line = '- [ ] t1 T @a @b ~1h ~2h pr:3 pr:#4 #x #y blocked-by:t2 blocked-by:t3,t2';
    expect(one(line)).toMatchObject({ owner: 'a', estimate: hour, pr: 3, tags: ['x', 'y'], blockedBy: ['t2', 't3'] });
    expect(codes(line)).toEqual(['1 repeated-token', '1 repeated-token', '1 repeated-token']);
  });

  const noTasks = [
    '- [ ] plain',
    '- [ ]',
    '- [ ] ',
    '-',
    '- []',
    't1 x',
    '> - [ ] t1 x',
    '- t1 x',
    '- [ ] t1x y',
    '- [ ] t1-a y',
    '- [link](x) t1',
    '- [ ] `t1` x',
    '- [abcdef] t1',
    '-[ ] t1 x',
    '# [ ] t1',
  ];
  it.each(noTasks)('is no task and no problem: %s', (line) => {
    expect(parseTodo(line)).toEqual({ tasks: [], problems: [] });
  });
});

describe('problems', () => {
  const cases: readonly [line: string, code: string, told: string][] = [
    ['- [ ] t12. x', 'bad-id', '"t12."'],
    ['- [ ] T12 x', 'bad-id', '"T12"'],
    ['- [ ] t12: x', 'bad-id', '"t12:"'],
    ['- [ ] t1..2 x', 'bad-id', '"t1..2"'],
    [`- [ ] t${'1'.repeat(99)} x`, 'bad-id', 't111'],
    ['- [ ] t1.2.3.4 x', 'too-deep', 't1.2.3.4'],
    ['- [] t1 x', 'bad-checkbox', 't1'],
    ['- [ ]t1 x', 'bad-checkbox', 't1'],
    ['- [?] t1 x', 'bad-checkbox', 't1'],
    ['- [ x ] t1 x', 'bad-checkbox', 't1'],
  ];
  it.each(cases)('%s hides no other task', (line, code, told) => {
    const { tasks, problems } = parseTodo(`- [ ] t8 a\n${line}\n- [ ] t9 b`);
    expect(tasks.map((task) => task.id)).toEqual(['t8', 't9']);
    expect(problems).toEqual([{ line: 2, task: null, code, message: expect.stringContaining(told), hint: expect.any(String) }]);
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
    ['- [ ] **t4** Fix the login #auto-dispatch', '"**t4**" is no id', 'without the marks around it: t4'],
    ['1) [ ] `t4`: Fix the login #auto-dispatch', '"`t4`:" is no id', 'without the marks around it: t4'],
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
    expect(parseTodo(`- [ ] t8 a\n${line}\n- [ ] t9 b`)).toMatchObject({
      tasks: [{ id: 't8' }, { id: 't9' }],
      problems: [{ line: 2, task: null, code: 'not-read', message: expect.stringContaining(told), hint: expect.stringContaining(hint) }],
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
        message: expect.stringContaining(`"${word}" of t1 is taken for`),
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

describe('ids of a project', () => {
  const read = (text: string) => parse({ text, ids: 'AUTH-' });

  it('are read beside those that begin with t, in tokens as well', () => {
    const { tasks, problems } = read(
      '- [ ] AUTH-12 a blocked-by:AUTH-3,t4 blocks:AUTH-7\n  - [ ] AUTH-12.1 b parent:AUTH-12\n- [x] AUTH-3 c\n- [x] t4 d',
    );
    expect(tasks.map(({ id, parent, blockedBy, blocks }) => [id, parent, blockedBy, blocks])).toEqual([
      ['AUTH-12', null, ['AUTH-3', 't4'], ['AUTH-7']],
      ['AUTH-12.1', 'AUTH-12', [], []],
      ['AUTH-3', null, [], []],
      ['t4', null, [], []],
    ]);
    expect(problems).toEqual([]);
  });

  it('are told where they are written in another way, and where they are those of another prefix', () => {
    const { tasks, problems } = read('- [ ] auth-12 a\n- [ ] AUTH-1.2.3.4 b\n- [ ] SHOP-7 c #auto-dispatch\n- [ ] d blocked-by:AUTH-x t1');
    expect(tasks).toEqual([]);
    expect(problems.map(({ line, code, hint }) => [line, code, hint])).toEqual([
      [1, 'bad-id', 'write AUTH- and a number, subtasks with dots: AUTH-12, AUTH-12.1, AUTH-12.1.3'],
      [2, 'too-deep', 'give it an id with at most two dots, such as AUTH-12.1.3'],
      [3, 'not-read', expect.stringContaining('set todo.ids: SHOP- in yardmaster.yaml')],
    ]);
  });
});

describe('lists of other kinds', () => {
  it('are read like dashes', () => {
    const { tasks } = parseTodo('* [ ] t1 a\n+ [x] t2 b\n1. [ ] t11 c\n   - [ ] t11.1 d\n     e\n12) [-] t12 f');
    expect(tasks.map(({ id, mark, title, parent, body }) => [id, mark, title, parent, body])).toEqual([
      ['t1', 'open', 'a', null, null],
      ['t2', 'done', 'b', null, null],
      ['t11', 'open', 'c', null, null],
      ['t11.1', 'open', 'd', 't11', 'e'],
      ['t12', 'declined', 'f', null, null],
    ]);
  });
});

describe('nesting', () => {
  it('gives the parent by parent:, then by dots, then by indentation', () => {
    const { tasks } = parseTodo(
      '- [ ] t1 a\n  - [ ] t2 b\n  - [ ] t9.1 c\n  - [ ] t3.1 d parent:t5\n\n  words\n\n    - [ ] t4 e\n- plain\n  - [ ] t6 f\n- [ ] t7 g\n - [ ] t8 h',
    );
    expect(tasks.map((task) => [task.id, task.parent, task.depth, task.line])).toEqual([
      ['t1', null, 0, 1],
      ['t2', 't1', 1, 2],
      ['t9.1', 't9', 1, 3],
      ['t3.1', 't5', 1, 4],
      ['t4', 't1', 1, 8],
      ['t6', null, 0, 10],
      ['t7', null, 0, 11],
      ['t8', null, 0, 12],
    ]);
  });

  it('looks through list items that are no tasks', () => {
    expect(parseTodo('- [ ] t1 a\n  - group\n    - [ ] t2 b').tasks[1]).toMatchObject({ parent: 't1', depth: 1 });
  });

  it('ends with a heading or text at the margin', () => {
    expect(parseTodo('- [ ] t1 a\n## Next\n  - [ ] t2 b').tasks[1]).toMatchObject({ parent: null, depth: 0 });
  });
});

describe('the body', () => {
  const body = (text: string) => parseTodo(text).tasks[0]?.body;

  it('is all that is indented below, in its order and form', () => {
    const text = [
      '- [ ] t1 Rework the login',
      '  page, which is slow',
      '',
      '  A paragraph with #no-tag and ~2h.',
      '    - Notes: deep',
      '  * bullet',
      '  1. [ ] step without an id',
      '     - [x] and one below it',
      '',
      '',
      '  ```sh',
      '  - [ ] t9 is code',
      '\tif true; then',
      '',
      '      exit  ',
      '  ```',
      '  <!-- for you alone -->',
      '',
      '- [ ] t2 Next',
    ];
    const expected = text.slice(1, 17).map((line) => line.replace(/^(?: {2}|\t)/, (blanks) => (blanks === '\t' ? '  ' : '')));
    for (const end of ['\n', '\r\n', '\r']) expect(body(text.join(end))).toBe(expected.join('\n'));
    expect(parseTodo(text.join('\n'))).toMatchObject({
      tasks: [
        { id: 't1', title: 'Rework the login', tags: [] },
        { id: 't2', body: null },
      ],
    });
  });

  it('leaves out what is below its subtasks, and goes on behind them', () => {
    const { tasks } = parseTodo('- [ ] t1 a\n  - one\n  - [ ] t1.1 b\n\n    two\n    - [ ] plain\n  three\n\nnobody\n  - nobody either');
    expect(tasks.map((task) => task.body)).toEqual(['- one\nthree', 'two\n- [ ] plain']);
  });

  it('is not shifted by a fence that closes left of it, and holds lines that could not be read as tasks', () => {
    expect(body('- [ ] t1 a\n    ```\n    x\n```\n    y')).toBe('```\nx\n```\ny');
    expect(body('- [ ] t1 a\n  - [ ] t1. b\n    c')).toBe('- [ ] t1. b\n  c');
    expect(body('- [ ] t1 a\n\n\n')).toBeNull();
  });

  it('of a second line with the same id goes to nobody', () => {
    expect(parseTodo('- [ ] t1 a\n- [ ] t1 b\n  c').tasks).toMatchObject([{ title: 'a', body: null }]);
  });
});

describe('the first paragraph', () => {
  it('has tags and tokens on each of its lines, and stays in the body', () => {
    const { tasks, problems } = parseTodo(
      '- [ ] t1 Rework the login model:opus\n  page, see `#no` #auto-dispatch\n  blocked-by:t2 model:haiku parent:t3 pr:x\n\n  #late\n- [ ] t4 b\n  - #item\n- [ ] t5 c\n  > #quoted\n- [ ] t6 d\n  # Heading #h\n  #behind',
    );
    expect(tasks).toMatchObject([
      {
        title: 'Rework the login',
        tags: ['auto-dispatch'],
        model: 'opus',
        blockedBy: ['t2'],
        parent: 't3',
        body: 'page, see `#no` #auto-dispatch\nblocked-by:t2 model:haiku parent:t3 pr:x\n\n#late',
      },
      { tags: [], body: '- #item' },
      { tags: [], body: '> #quoted' },
      { tags: [], body: '# Heading #h\n#behind' },
    ]);
    expect(problems.map(({ line, task, code }) => [line, task, code])).toEqual([
      [3, 't1', 'repeated-token'],
      [3, 't1', 'bad-token'],
    ]);
  });
});

describe('text that is no task', () => {
  it('in fences and comments', () => {
    expect(ids('- [ ] t1 a\n```\n- [ ] t2 b\n```\n  ~~~~ x\n  - [ ] t3 c\n  ~~~\n  ~~~~\n<!--\n- [ ] t4 d\n-->\n- [ ] t5 e')).toEqual([
      't1',
      't5',
    ]);
  });

  it('never throws, and tells only ids of the text', { timeout: 20_000 }, () => {
    const piece = fc.constantFrom(
      '- [ ] ',
      '- [x] ',
      '* [-] ',
      't1',
      't2',
      't1.1',
      't1.1.1.1',
      ' ',
      '  ',
      '\t',
      '\n',
      '\r\n',
      '\r',
      '```',
      '~~~',
      '`',
      '``',
      '<!--',
      '-->',
      '#a',
      '@b',
      '~2h',
      '~',
      'blocked-by:',
      'parent:t1',
      'blocks:t2',
      'logged:2026-01-01',
      '→ [a.md#b]',
      '→',
      '[',
      ']',
      'é',
      '\u0000',
      '\ud800',
      '\uFEFF',
      '- Notes: ',
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
      anyUnits,
    );
    fc.assert(
      fc.property(text, (any) => {
        const { tasks, problems } = parseTodo(any);
        expect(new Set(tasks.map((task) => task.id)).size).toBe(tasks.length);
        for (const task of tasks) expect(any.split(/\r\n|\r|\n/)[task.line - 1]).toContain(`] `);
        expect(problems.map((problem) => problem.line)).toEqual(problems.map((problem) => problem.line).toSorted((a, b) => a - b));
      }),
      { numRuns: 300 },
    );
  });
});

// A step in quadratic time would here take minutes, far more than the time after which vitest gives up.
describe('large inputs', { timeout: 20_000 }, () => {
  const size = 500_000;
  const fill = (piece: string): string => piece.repeat(Math.ceil(size / piece.length));
  const inputs: readonly [name: string, text: () => string][] = [
    ['one word', () => `- [ ] t1 ${fill('x')}`],
    ['one id', () => `- [ ] t${fill('1')}`],
    ['spaces', () => fill(' ')],
    ['spaces before the id', () => `- [ ] ${fill(' ')}t1 a`],
    ['backticks', () => `- [ ] t1 ${fill('`')}`],
    ['code spans', () => `- [ ] t1 ${fill('`a ``b ')}`],
    ['runs of every length', () => `- [ ] t1 ${Array.from({ length: 1400 }, (_, n) => '`'.repeat(n)).join(' ')}`],
    ['bad tokens', () => `- [ ] t1 ${fill('pr:x ~2q ')}`],
    ['unknown tokens', () => `- [ ] t1 #a ${fill('a:b ')}`],
    ['arrows', () => `- [ ] t1 ${fill('→ [a.md#')}`],
    ['blockers', () => `- [ ] t1 a ${fill('blocked-by:t2,t3 ')}`],
    ['lone CR', () => fill('a\r')],
    ['empty lines', () => `- [ ] t1 a${fill('\n')}`],
    ['empty list items', () => fill('-\n')],
    ['fences never closed', () => `${fill('```\n~~~\n')}`],
    ['comments', () => fill('<!-- a\n')],
    [
      'tasks',
      () => Array.from({ length: 10_000 }, (_, n) => `- [ ] t${n} Some words #tag ~1h blocked-by:t${n + 1} logged:2026-01-01`).join('\n'),
    ],
    ['the same id', () => fill('- [ ] t1 Some words\n')],
    ['ever deeper', () => Array.from({ length: 1000 }, (_, n) => `${'  '.repeat(n)}- [ ] t${n} a`).join('\n')],
    ['garbage', () => Buffer.from(Array.from({ length: size }, (_, n) => (n * n * 31 + (n >> 3) * 17) & 255)).toString('latin1')],
  ];
  it.each(inputs)('%s', (_name, text) => {
    expect(parseTodo(text()).tasks).toBeDefined();
  });
});

describe('a body that is too large', () => {
  const below = (bytes: number, of = 'x'): string =>
    `- [ ] t1 A #auto-dispatch\n  ${of.repeat(bytes / new TextEncoder().encode(of).length)}\n- [ ] t2 B\n`;
  it.each(['x', 'ü', '€'])('of "%s" is told with its line and the cure, and hides no other task', (of) => {
    const limit = 256 * 1024 - ((256 * 1024) % new TextEncoder().encode(of).length);
    expect(parse({ text: below(limit, of), ids: 't' })).toMatchObject({ tasks: [{ id: 't1' }, { id: 't2' }], problems: [] });
    const list = { text: below(limit + new TextEncoder().encode(of).length, of), ids: 't' };
    const todo = parse(list);
    expect(todo.tasks.map(({ id }) => id)).toEqual(['t2']);
    expect(todo.problems).toEqual([
      {
        ...{ line: 1, task: 't1', code: 'body-too-large' },
        message: 'what stands below t1 is more than 256 KiB; the line is not taken for a task',
        hint: 'write it into a file of the repository, and name that file below the line',
      },
    ]);
    // Its id stays taken.
    expect(idsIn(list)).toContain('t1');
  });

  it('of a task that is over is nobody’s matter, and a second line of the id is not taken in its place', () => {
    const large = below(256 * 1024 + 1);
    expect(parse({ text: large.replace('[ ]', '[x]'), ids: 't' }).problems).toEqual([]);
    const twice = parse({ text: `${large}- [ ] t1 Another\n`, ids: 't' });
    expect(twice.tasks.map(({ id }) => id)).toEqual(['t2']);
    expect(twice.problems.map(({ code }) => code)).toEqual(['body-too-large', 'duplicate-id']);
  });
});
