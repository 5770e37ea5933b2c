import { describe, expect, it } from 'vitest';
import { addLine } from './add-line.ts';
import { lineBody } from './line-body.ts';
import { withBody, writeLine, type LineSet } from './write-line.ts';

const write = (text: string, set: LineSet, brief: string | null = null) => writeLine({ list: { text, ids: 't' }, id: 't1', brief, set });

describe('a line', () => {
  const table: readonly [text: string, set: LineSet, after: string | null][] = [
    ['- [ ] t1 Old #a title @x logged:2026-01-01', { title: 'New' }, '- [ ] t1 New #a @x logged:2026-01-01'],
    ['- [ ] t1 A logged:2026-01-01\r\n', { addTags: ['b'], ref: 7 }, '- [ ] t1 A #b ref:GH#7 logged:2026-01-01\r\n'],
    ['- [ ] t1 A #a #b', { removeTags: ['a'], plan: 'p.md#x' }, '- [ ] t1 A #b → [p.md#x]'],
    ['- [ ] t1 A assignee:x', { assignee: 'y' }, '- [ ] t1 A assignee:y'],
    ['- [ ] t1 A assignee:x', { assignee: '' }, '- [ ] t1 A'],
    ['- [ ] t1 A blocked-by:t2,t3', { addBlockers: ['t4'], removeBlockers: ['t2'] }, '- [ ] t1 A blocked-by:t3,t4'],
    ['- [ ] t1 A blocked-by:t2', { removeBlockers: ['t2'] }, '- [ ] t1 A'],
    ['- [x] t1 A pr:#3 branch:b completed:2026-01-01', { mark: 'open' }, '- [ ] t1 A'],
    ['- [ ] t1 A', { mark: 'declined' }, '- [-] t1 A'],
    ['- [ ] t1 A\n  - [ ] t1.1 B', { mark: 'done' }, null],
    ['- [ ] t1 A', { title: 'B #tag' }, null],
    ['- [ ] t1 A', { title: 'B (#auto-dispatch)' }, null],
    ['- [ ] t1 A', { addTags: ['a b'] }, null],
    ['- [ ] t1 A\n  and #b', { removeTags: ['b'] }, null],
    ['- [ ] t1 A\n- [ ] t1 B', { mark: 'done' }, null],
    ['- [ ] t2 A', { title: 'B' }, null],
  ];
  it.each(table)('%j with %j', (text, set, after) => {
    expect(write(text, set)?.text ?? null).toBe(after);
  });
});

describe('a text below a line', () => {
  const list = '# X\r\n- [ ] t1 A #a\r\n- [ ] t2 B\r\n';
  it('is written, replaced and removed, and the notes stay', () => {
    const one = write(list, { body: 'Text\n\n  more' })!;
    expect(one).toEqual({ text: '# X\r\n- [ ] t1 A #a\r\n\r\n  Text\r\n\r\n    more\r\n- [ ] t2 B\r\n', brief: null });
    expect(write(one.text, { body: '' })).toEqual({ text: list, brief: null });
    const noted = '- [ ] t1 A\n  Text\n  - Notes: mine\n    more\n';
    expect(write(noted, { body: 'New' })!.text).toBe('- [ ] t1 A\n\n  New\n  - Notes: mine\n    more\n');
    expect(lineBody({ body: 'Text\n- Notes: mine\n  more\n- Else', brief: null })).toEqual({
      text: 'Text\n- Else',
      notes: '- Notes: mine\n  more',
    });
    expect(lineBody({ body: null, brief: 'Brief\r\n' })).toEqual({ text: 'Brief', notes: null });
  });

  it.each(['- [ ] t9 Fake', '- x #auto-dispatch', '- Notes: mine', 'x\n'.repeat(30).trim()])(
    'becomes a brief if it would not be read as it is: %j',
    (body) => {
      expect(write(list, { body })).toEqual({ text: list, brief: `${body}\n` });
      expect(write(list, { body }, 'Old')).toEqual({ text: list, brief: `${body}\n` });
      const below = '- [ ] t1 A\n\n  Old\n';
      expect(write(below, { body })).toEqual({ text: '- [ ] t1 A\n', brief: `${body}\n` });
    },
  );

  it('is written into a list of one line, and not to a task that is not there', () => {
    expect(write('- [ ] t1 A', { body: 'x' })!.text).toBe('- [ ] t1 A\n\n  x');
    expect(withBody({ list: { text: list, ids: 't' }, id: 't9', brief: null, body: 'x' })).toBeNull();
  });

  it('is refused where the old text cannot be replaced', () => {
    expect(write('- [ ] t1 A\n  with #tag\n', { body: 'New' })).toBeNull();
    expect(write('- [ ] t1 A\n  - [ ] t1.1 B\n  more\n', { body: 'New' })).toBeNull();
    expect(write(list, { body: '' }, 'Old')).toEqual({ text: list, brief: '' });
  });
});

describe('a new line', () => {
  const add = (text: string, more: object) =>
    addLine({ list: { text, ids: 't' }, line: { id: 't3', title: 'New', tags: [], assignee: '', ref: 7, body: '', ...more } });
  it('says what the issue says', () => {
    expect(add('- [ ] t1 A\n', { tags: ['bug', 'a b'], assignee: 'ann' })).toEqual({
      text: '- [ ] t1 A\n- [ ] t3 New #auto-dispatch #bug assignee:ann ref:GH#7\n',
      brief: null,
    });
    expect(add('', { body: 'x\n'.repeat(30).trim() })!.text).toBe('- [ ] t3 New #auto-dispatch ref:GH#7 → [todo/tasks/t3-brief.md]\n');
  });

  it('is refused if the list cannot have it', () => {
    expect(add('```\n', {})).toBeNull();
  });
});
