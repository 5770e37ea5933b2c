import { expect, test } from 'vitest';
import { sampleTask } from '../core.samples.ts';
import { clashesIn, isClash } from './clash.ts';
import { parseTodo } from './line.ts';

test.each([
  ['a line and a task from the command line', 'none', 'A', 'open', 'B', true],
  ['the same with the same title', 'none', 'A', 'open', 'A', false],
  ['a line that was written anew', 'open', 'A', 'open', 'B', false],
  ['one that came back', 'gone', 'A', 'open', 'B', false],
  ['one that was ticked', 'ticked', 'A', 'open', 'B', false],
  ['another file and a line', 'open', 'A', 'none', 'B', true],
  ['another file, read again', 'none', 'A', 'none', 'B', false],
] as const)('%s', (_, line, title, newLine, newTitle, expected) => {
  expect(isClash({ line, title }, { line: newLine, title: newTitle })).toBe(expected);
});

test('each open line that means another task is told with both titles', () => {
  const { tasks } = parseTodo({ text: '- [ ] t1 One\n- [ ] t2 Two\n- [x] t3 Three\n- [ ] t4 Four #auto-dispatch\n', ids: 't' });
  const stored = ['t1', 't3', 't4', 't5'].map((id) => sampleTask({ id, title: id === 't1' ? 'One' : 'Mine', line: 'none' }));
  expect(clashesIn({ tasks, stored })).toEqual([
    {
      line: 4,
      task: 't4',
      code: 'taken-id',
      message: 'the line "Four" is not read as a task: t4 is the id of another task, "Mine", which did not come from this list',
      hint: 'give the line another id, or the title "Mine" if both are the same task',
    },
  ]);
});
