import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTodo as parse } from './line.ts';
import type { TodoTask } from './line.ts';
import { hour } from '../time.ts';

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

describe('text that is no task', () => {
  it('in fences and comments', () => {
    expect(ids('- [ ] t1 a\n```\n- [ ] t2 b\n```\n  ~~~~ x\n  - [ ] t3 c\n  ~~~\n  ~~~~\n<!--\n- [ ] t4 d\n-->\n- [ ] t5 e')).toEqual([
      't1',
      't5',
    ]);
  });

  it('never throws, and tells only ids of the text', () => {
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

// A quadratic step would take minutes here, far more than vitest's time limit.
describe('large inputs', () => {
  const size = 500_000;
  const fill = (piece: string): string => piece.repeat(Math.ceil(size / piece.length));
  const inputs: readonly [name: string, read: readonly [tasks: number, problems: number], text: () => string][] = [
    ['one word', [1, 0], () => `- [ ] t1 ${fill('x')}`],
    ['one id', [0, 1], () => `- [ ] t${fill('1')}`],
    ['spaces', [0, 0], () => fill(' ')],
    ['spaces before the id', [1, 0], () => `- [ ] ${fill(' ')}t1 a`],
    ['backticks', [1, 0], () => `- [ ] t1 ${fill('`')}`],
    ['code spans', [1, 0], () => `- [ ] t1 ${fill('`a ``b ')}`],
    ['runs of every length', [1, 0], () => `- [ ] t1 ${Array.from({ length: 1400 }, (_, n) => '`'.repeat(n)).join(' ')}`],
    ['bad tokens', [1, 166_667], () => `- [ ] t1 ${fill('pr:x ~2q ')}`],
    ['unknown tokens', [1, 1], () => `- [ ] t1 #a ${fill('a:b ')}`],
    ['arrows', [1, 0], () => `- [ ] t1 ${fill('→ [a.md#')}`],
    ['blockers', [1, 0], () => `- [ ] t1 a ${fill('blocked-by:t2,t3 ')}`],
    ['lone CR', [0, 0], () => fill('a\r')],
    ['empty lines', [1, 0], () => `- [ ] t1 a${fill('\n')}`],
    ['empty list items', [0, 0], () => fill('-\n')],
    ['fences never closed', [0, 1], () => `${fill('```\n~~~\n')}`],
    ['comments', [0, 1], () => fill('<!-- a\n')],
    [
      'tasks',
      [10_000, 0],
      () => Array.from({ length: 10_000 }, (_, n) => `- [ ] t${n} Some words #tag ~1h blocked-by:t${n + 1} logged:2026-01-01`).join('\n'),
    ],
    ['the same id', [1, 24_999], () => fill('- [ ] t1 Some words\n')],
    ['ever deeper', [1000, 997], () => Array.from({ length: 1000 }, (_, n) => `${'  '.repeat(n)}- [ ] t${n} a`).join('\n')],
    ['garbage', [0, 0], () => Buffer.from(Array.from({ length: size }, (_, n) => (n * n * 31 + (n >> 3) * 17) & 255)).toString('latin1')],
  ];
  it.each(inputs)('%s', (_name, read, text) => {
    const { tasks, problems } = parseTodo(text());
    expect([tasks.length, problems.length]).toEqual(read);
  });
});
