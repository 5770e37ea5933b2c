// Lists written in different habits: the problems reported for them, and their tasks once ids were assigned.
import { describe, expect, it } from 'vitest';
import { taskLists } from '../../../test/support/sample-task-lists.ts';
import { assignIds } from './assign.ts';
import { idsIn, parseTodo } from './line.ts';

describe.each(taskLists)('$name', ({ text, ids, told, open, body }) => {
  const before = parseTodo({ text, ids });
  const given = assignIds({ text, ids, taken: idsIn({ text, ids }) });
  const after = parseTodo({ text: given.text, ids });

  it('is read and told', () => {
    expect(before.problems.map(({ line }) => line)).toEqual(told);
  });

  it('gets ids, and nothing else changes', () => {
    const tasks = after.tasks.filter(({ mark }) => mark === 'open');
    expect(tasks.map(({ id, title, parent, tags }) => [id, title, parent, tags.includes('auto-dispatch')])).toEqual(open);
    const lines = given.text.split('\n');
    for (const { line, id } of given.given) lines[line - 1] = lines[line - 1]!.replace(`${id} `, '');
    expect(lines.join('\n')).toBe(text);
    // The remaining problems are decisions for a person.
    const cured = new Set(given.given.map(({ line }) => line));
    expect(after.problems.map(({ line }) => line)).toEqual(told.filter((line) => !cured.has(line)));
  });

  it('keeps what stands below a task', () => {
    expect(after.tasks.find(({ id }) => id === body?.[0])?.body).toBe(body?.[1]);
  });
});
