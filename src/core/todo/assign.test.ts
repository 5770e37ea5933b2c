import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignIds as assign } from './assign.ts';
import { idsIn, parseTodo as parse } from './line.ts';

const parseTodo = (text: string) => parse({ text, ids: 't' });
const assignIds = (given: { text: string; taken: readonly string[] }) => assign({ ...given, ids: 't' });

const assigned = (text: string, taken: readonly string[] = []): string => assignIds({ text, taken }).text;

describe('assignIds', () => {
  it('puts an id before the title of each open line that has none, after the highest that is taken', () => {
    expect(
      assigned('# Now\n\n- [ ] Login #auto-dispatch\n* [ ]  #12 Search\r\n1. [ ] AUTH-3 Sign in\n- [ ] t4 Known\n', ['t7', 't4']),
    ).toBe('# Now\n\n- [ ] t8 Login #auto-dispatch\n* [ ]  t9 #12 Search\r\n1. [ ] t10 AUTH-3 Sign in\n- [ ] t4 Known\n');
    expect(assignIds({ text: '\ufeff- [ ] a\n- [ ] b', taken: [] })).toEqual({
      text: '\ufeff- [ ] t1 a\n- [ ] t2 b',
      given: [
        { line: 1, id: 't1' },
        { line: 2, id: 't2' },
      ],
    });
  });

  it('gives ids as the project begins them', () => {
    const list = { text: '- [ ] AUTH-7 a\n- [ ] b\n- [ ] SHOP-9 c\n- [ ] t40 d\n- [ ] auth-8: e', ids: 'AUTH-' };
    expect(assign({ ...list, taken: ['AUTH-7', 't40'] }).text).toBe(
      '- [ ] AUTH-7 a\n- [ ] AUTH-8 b\n- [ ] AUTH-9 SHOP-9 c\n- [ ] t40 d\n- [ ] auth-8: e',
    );
  });

  it('leaves alone steps of a task, unless they are marked, and groups them not', () => {
    expect(
      assigned(
        '- [ ] a\n  - [ ] step\n    - [ ] deeper #auto-dispatch\n- group\n  - [ ] b\n- [x] done\n  - [ ] c\n- [ ] t1 d\n  - [ ] step',
        ['t1'],
      ),
    ).toBe(
      '- [ ] t2 a\n  - [ ] step\n    - [ ] t3 deeper #auto-dispatch\n- group\n  - [ ] t4 b\n- [x] done\n  - [ ] t5 c\n- [ ] t1 d\n  - [ ] step',
    );
  });

  it('knows the mark of a step on the line that goes on with it', () => {
    expect(assigned('- [ ] t1 a\n  - [ ] step\n    goes on #auto-dispatch\n  - [ ] other', ['t1'])).toBe(
      '- [ ] t1 a\n  - [ ] t2 step\n    goes on #auto-dispatch\n  - [ ] other',
    );
  });

  const alone = [
    ...[
      '- [x] done',
      '- [-] declined',
      '- [?] odd',
      '- [ ]',
      '- [ ]Close',
      '- plain #auto-dispatch',
      'text #auto-dispatch',
      '> - [ ] quoted',
    ],
    ...['- [ ] **t4** bold', '- [ ] T4 high', '- [ ] t4: colon', '- [ ] t1.2.3.4 deep', '```\n- [ ] code\n```', '<!--\n- [ ] comment\n-->'],
  ];
  it.each(alone)('leaves alone: %s', (text) => {
    expect(assignIds({ text, taken: [] })).toEqual({ text, given: [] });
  });

  it('changes nothing but that, and all that got an id is a task with its title', () => {
    const piece = fc.constantFrom(
      ...[
        '- [ ] ',
        '- [x] ',
        '1. [ ] ',
        '- ',
        '  ',
        '\t',
        '\n',
        '\r\n',
        't1 ',
        't2. ',
        '**t3** ',
        'Fix ',
        '#12 ',
        '#auto-dispatch ',
        '`',
        '```\n',
        '<!--',
        '-->',
        'parent:t5 ',
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        const before = parseTodo(text);
        const after = assignIds({ text, taken: idsIn({ text, ids: 't' }) });
        const lines = after.text.split(/\r\n|\r|\n/);
        const tasks = new Map(parseTodo(after.text).tasks.map((task) => [task.id, task]));
        for (const { line, id } of after.given) {
          expect(tasks.get(id)).toMatchObject({ line, mark: 'open' });
          lines[line - 1] = lines[line - 1]!.replace(`${id} `, '');
        }
        expect(lines).toEqual(text.split(/\r\n|\r|\n/));
        expect(tasks.size).toBe(before.tasks.length + after.given.length);
        expect(assignIds({ text: after.text, taken: [] }).given).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });
});
