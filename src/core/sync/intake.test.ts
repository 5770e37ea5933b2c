import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTodo } from '../todo/line.ts';
import { addLine } from './add-line.ts';
import { commonTitle } from './common-title.ts';
import { goneText, idForIntake, intakeText, titleParts, trustedMarker, trustedText } from './intake.ts';
import { writeIssueBody } from './issue-body.ts';
import { noSnapshot } from './snapshot.ts';
import type { Issue, Person, Revision } from './sync-facts.ts';
import { owner, sampleIssue, samplePolicy as policy, stranger } from './sync-world.samples.ts';

const at = (by: Person, when: number, title: string): Revision => ({ by, at: when, title, body: '' });
const issue = (revisions: readonly Revision[], more: Partial<Issue> = {}): Issue =>
  sampleIssue({ labels: ['Auto-Dispatch'], ...revisions.at(-1), revisions, ...more });

describe('whose text counts', () => {
  const table: readonly [name: string, given: Issue, text: string | null, heldBy: string | null][] = [
    ['an owner’s', issue([at(owner, 1, 'A')]), 'A', null],
    ['a stranger’s', issue([at(stranger, 1, 'A')]), null, null],
    ['a stranger’s, labelled by a stranger', issue([at(stranger, 1, 'A')], { labelled: { by: stranger, at: 2 } }), null, null],
    ['a stranger’s, labelled by an owner', issue([at(stranger, 1, 'A')], { labelled: { by: owner, at: 1 } }), 'A', null],
    ['written by a stranger after the label', issue([at(stranger, 5, 'A')], { labelled: { by: owner, at: 2 } }), null, null],
    [
      'edited by a stranger before the label',
      issue([at(stranger, 1, 'A'), at(stranger, 2, 'B')], { labelled: { by: owner, at: 3 } }),
      'B',
      null,
    ],
    [
      'edited by a stranger in the second of the label',
      issue([at(stranger, 1, 'A'), at(stranger, 2, 'B')], { labelled: { by: owner, at: 2 } }),
      'A',
      'eve',
    ],
    [
      'edited by a stranger and then by an owner',
      issue([at(stranger, 1, 'A'), at(stranger, 3, 'B'), at(owner, 4, 'C')], { labelled: { by: owner, at: 2 } }),
      'C',
      null,
    ],
  ];
  it.each(table)('%s', (_name, given, title, heldBy) => {
    const text = trustedText({ issue: given, policy });
    expect(text.trusted ? [text.title, text.heldBy] : [null, null]).toEqual([title, heldBy]);
    expect(intakeText({ issue: given, policy })?.title ?? null).toBe(title);
  });

  it('is not that of a pull request, a closed issue, one without a label, or one whose label does not count', () => {
    const one = [at(owner, 1, 'A')];
    for (const more of [{ isPull: true }, { state: 'closed' }, { labels: [] }] as const)
      expect(intakeText({ issue: issue(one, more), policy })).toBeNull();
    const edited = issue([at(stranger, 1, 'A'), at(owner, 2, 'B')], { labelled: { by: stranger, at: 3 } });
    expect(intakeText({ issue: edited, policy })).toBeNull();
    expect(trustedText({ issue: issue([]), policy })).toEqual({ trusted: false });
    const unsaid = issue([at(owner, 1, 'A')], { title: 'B' });
    expect(trustedText({ issue: unsaid, policy })).toMatchObject({ heldBy: 'ann' });
  });
});

describe('a marker', () => {
  it('counts in a text of somebody who may write, for this repository', () => {
    const body = (repo: string): string =>
      writeIssueBody({
        body: { above: '', below: '', isWhole: false },
        text: null,
        part: 'x',
        marker: { repo, task: 't1', base: noSnapshot, assigned: null },
      }) ?? '';
    const by = (person: Person, repo: string): Issue => sampleIssue({ revisions: [{ by: person, at: 1, title: '', body: body(repo) }] });
    expect(trustedMarker({ issue: by(owner, 'acme/app'), policy })?.task).toBe('t1');
    expect(trustedMarker({ issue: by(owner, 'acme/other'), policy })).toBeNull();
    expect(trustedMarker({ issue: by(stranger, 'acme/app'), policy })).toBeNull();
  });
});

describe('an id', () => {
  it('is that of the title if the author may choose and it is free, else the next one', () => {
    const id = (title: string, by: Person, taken: readonly string[]) =>
      idForIntake({ issue: issue([at(by, 1, title)]), policy, ids: 't', taken });
    expect(id('t9: A', owner, ['t1'])).toBe('t9');
    expect(id('t9: A', owner, ['t9'])).toBe('t10');
    expect(id('t9: A', stranger, ['t1'])).toBe('t2');
    expect(id('A', owner, [])).toBe('t1');
    expect(idForIntake({ issue: issue([]), policy, ids: 't', taken: [] })).toBe('t1');
    expect(titleParts({ title: 'fix: A', ids: 't' })).toEqual({ id: null, rest: 'fix: A' });
  });
});

describe('an issue that is gone', () => {
  it('is told', () => {
    const text = (gone: 'deleted' | 'moved' | 'discussion', to: string | null) =>
      goneText({ task: 't1', issue: { number: 5, gone, to } }).message;
    expect(text('deleted', null)).toContain('issue #5 of t1 was deleted;');
    expect(text('moved', 'acme/b#7')).toContain('was moved to acme/b#7;');
    expect(text('moved', null)).toContain('was moved;');
    expect(text('discussion', null)).toContain('was made a discussion;');
  });
});

describe('a title', () => {
  const titles: readonly [title: string, common: string][] = [
    ['  Two\nlines\u2028and\u0007more ', 'Two lines and more'],
    ['', '(no title)'],
    ['Use #tag, @ann ~2h blocked-by:t1 and node:fs', 'Use #tag, `@ann` `~2h` `blocked-by:t1` and `node:fs`'],
    ['Plan → [todo/PLANS.md#x] now', 'Plan `→ [todo/PLANS.md#x]` now'],
    ['Say `#tag`', 'Say `#tag`'],
    ['One ` and #tag', 'One ` and `#tag`'],
    ['See (#auto-dispatch)', 'See `(#auto-dispatch)`'],
  ];
  it.each(titles)('has no token: %j', (title, common) => {
    expect(commonTitle({ title, ids: 't' })).toBe(common);
    expect(commonTitle({ title: common, ids: 't' })).toBe(common);
  });

  it('of anybody becomes one line that says nothing else', () => {
    const piece = fc.constantFrom(
      '#auto-dispatch',
      'blocked-by:t1',
      '`',
      '``',
      '@x',
      '~2h',
      '→ [a.md#b]',
      'model:opus',
      '- [ ] t1',
      '<!--',
      '```',
      '\n',
      ' ',
      'a',
      ':',
      'ref:GH#1',
      'x:y`z',
    );
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(' '));
    fc.assert(
      fc.property(text, text, (raw, body) => {
        const title = commonTitle({ title: raw, ids: 't' });
        expect(commonTitle({ title, ids: 't' })).toBe(title);
        const written = addLine({
          list: { text: '- [ ] t1 One\n', ids: 't' },
          line: { id: 't2', title, tags: ['bug'], assignee: 'ann', ref: 7, body: body.trim() },
        });
        const { tasks, problems } = parseTodo({ text: written?.text ?? '', ids: 't' });
        expect(problems).toEqual([]);
        expect(tasks[1]).toMatchObject({
          id: 't2',
          title,
          tags: ['auto-dispatch', 'bug'],
          refs: ['GH#7'],
          assignee: 'ann',
          blockedBy: [],
          model: null,
          estimate: null,
          owner: null,
        });
        expect(tasks).toHaveLength(2);
      }),
      { numRuns: 300 },
    );
  });
});
