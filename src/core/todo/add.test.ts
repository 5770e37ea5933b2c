import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../fault.ts';
import { sampleTask } from '../core.samples.ts';
import type { Task } from '../task/task.ts';
import { addToTodo } from './add.ts';
import { parseTodo } from './line.ts';

const added = (text: string, task: Partial<Task> = {}): string =>
  addToTodo({ text, ids: 't' }, sampleTask({ id: 't9', title: 'New', ...task }));
const line = '- [ ] t9 New #auto-dispatch';

test.each([
  ['nothing', '', `${line}\n`],
  ['no list', '# To do\n', `# To do\n${line}\n`],
  ['no line end at the end', '# To do\r\ntext', `# To do\r\ntext\r\n${line}\r\n`],
  ['a list whose tasks are over', '- [x] t1 A\r', `- [x] t1 A\r${line}\r`],
  ['the last open task', '- [ ] t1 A\n- [ ] t2 B\n\n# Done\n- [x] t3 C\n', `- [ ] t1 A\n- [ ] t2 B\n${line}\n\n# Done\n- [x] t3 C\n`],
  [
    'all that belongs to it',
    '- [ ] t1 A\r\n  - Notes: a\r\n  - [x] t1.1 B\r\n    b\r\n- [-] t2 C\r\n  c',
    `- [ ] t1 A\r\n  - Notes: a\r\n  - [x] t1.1 B\r\n    b\r\n${line}\r\n- [-] t2 C\r\n  c`,
  ],
  [
    'what belongs to it behind its subtasks, code too',
    '- [ ] t1 A\n  - [ ] t1.1 B\n    b\n  - c\n    ```\n    d\n    ```\n\ntext\n',
    `- [ ] t1 A\n  - [ ] t1.1 B\n    b\n  - c\n    \`\`\`\n    d\n    \`\`\`\n${line}\n\ntext\n`,
  ],
  ['a task within another list', '- Part\n\n  * [ ] t1 A', `- Part\n\n  * [ ] t1 A\n  ${line}`],
  ['a line that cannot be read', '- [ ] t1 A\n- [y] t2 B\n', `- [ ] t1 A\n${line}\n- [y] t2 B\n`],
])('after %s', (_, before, after) => {
  expect(added(before)).toBe(after);
});

test('what was asked for stands in the line', () => {
  const task = { tags: ['ui', 'auto-dispatch'], model: 'p/m', agent: 'a', role: 'r', mcp: ['x', 'y'], blockedBy: ['t1', 't2.1'] };
  expect(added('', task)).toBe(`${line} #ui model:p/m agent:a role:r mcp:x,y blocked-by:t1,t2.1\n`);
});

describe('is refused', () => {
  test.each([
    ['a tag in the title', { title: 'Fix #ui' }],
    ['a name that cannot be read', { title: 'A', model: 'two words' }],
    ['a value that is doubtful', { title: 'A blocked-by: t1' }],
    ['a title that is no title', { title: '#a' }],
    ['a tag with spaces', { tags: ['a b'] }],
  ])('%s', (_, task) => {
    expect(() => added('', task)).toThrow(expect.objectContaining({ code: 'usage', hint: expect.stringContaining('backticks') }));
  });

  test.each([
    ['Fix #ui with ~2h', {}, 'in TODO.md "#ui" of the title would be read as a token, "~2h" of the title would be read as a token'],
    ['A blocked-by: t1', {}, 'in TODO.md "blocked-by:" of the title would be read as a token'],
    ['A', { tags: ['a b'], model: 'x y' }, 'in TODO.md "#a b" cannot be read, "model:x y" cannot be read'],
    ['A `', { role: '`' }, 'in TODO.md "role:`" cannot be read'],
    ['', {}, 'in TODO.md the title "" would be read differently from what you mean'],
  ])('"%s" %j by the words that are wrong, and without an id that it may not get', (title, task, message) => {
    expect(() => added('', { title, ...task })).toThrow(expect.objectContaining({ code: 'usage', message }));
  });

  test.each([
    ['an id that is there', '- [ ] t9 Old\n', /t9 is used in line 1 already/],
    ['an id that is there, below', '- [ ] t1 A\n\n# Done\n- [x] t9 Old\n', /t9 is used in line 2 already/],
    ['a code block that is never closed', '- [x] t1 A\n```\n', /of its line 2: the code fence is never closed/],
  ])('%s', (_, text, message) => {
    expect(() => added(text)).toThrow(expect.objectContaining({ code: 'todo-unwritable', message: expect.stringMatching(message) }));
  });
});

test('any list keeps its bytes, and says of its tasks what it said', () => {
  const pieces = ['- [ ] t1 A', '- [x] t2 B', '  - [ ] t3 C', '    text', '- item', '```', '<!--', '-->', '', '# Part', '\t* [-] t4 D'];
  const texts = fc.tuple(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), fc.constantFrom('\n', '\r\n'));
  fc.assert(
    fc.property(texts, ([lines, end]) => {
      const before = lines.join(end);
      try {
        const after = added(before);
        const said = (text: string) => parseTodo({ text, ids: 't' }).tasks.map((task) => ({ ...task, line: 0 }));
        expect(said(after).filter(({ id }) => id !== 't9')).toEqual(said(before));
        expect(said(after).find(({ id }) => id === 't9')).toMatchObject({ title: 'New', mark: 'open' });
        expect(after.length).toBeGreaterThanOrEqual(before.length + line.length);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        expect(before).toMatch(/```|<!--/);
      }
    }),
  );
});
