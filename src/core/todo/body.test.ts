// The lines below a task's line that belong to the task.
import { describe, expect, it } from 'vitest';
import { idsIn, parseTodo as parse } from './line.ts';

const parseTodo = (text: string) => parse({ text, ids: 't' });

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
        message: 'the text below t1 is more than 256 KiB; the line is not read as a task',
        hint: 'move the text into a file of the repository, and name that file below the line',
      },
    ]);
    // The id stays in use.
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
