import { describe, expect, it } from 'vitest';
import { conflictCommand, conflictText } from './conflict-words.ts';
import { isOurComment, markedComment, unmarkedComment } from './comment-marker.ts';
import { lastSyncOf, leadAfter, longestLead } from './issues-lead.ts';
import type { IssuesState, LastSync } from './issues-state.ts';
import { owner, samplePolicy, stranger } from './sync-world.samples.ts';

const last: LastSync = {
  ...{ at: 5, until: 4, changedAt: 4, head: null, list: '', committed: false, attention: [], conflicts: [], pending: [] },
};
const seen: IssuesState = { forge: 'f', holder: 'a', at: 1000, last };

describe('the lead', () => {
  const asked = (at: number, more: { seen?: IssuesState | null; holder?: string; gone?: string; forge?: string } = {}) => {
    const { holder = 'b', gone = null, forge = 'f' } = more;
    return leadAfter({ seen: more.seen === undefined ? seen : more.seen, mine: { forge, holder, at }, gone });
  };

  it('stays with who has it, and goes to another one when that is gone or silent', () => {
    expect(asked(1000 + longestLead - 1)).toBe(seen);
    expect(asked(1000 + longestLead)).toEqual({ ...seen, holder: 'b', at: 1000 + longestLead });
    expect(asked(999).holder).toBe('b');
    expect(asked(1001, { gone: 'a' }).holder).toBe('b');
    expect(asked(1001, { holder: 'a' })).toEqual({ ...seen, at: 1001 });
    expect(asked(1, { seen: null })).toEqual({ forge: 'f', holder: 'b', at: 1, last: null });
  });

  it('forgets what was known of another repository', () => {
    expect(asked(1001, { holder: 'a', forge: 'g' }).last).toBeNull();
    expect(lastSyncOf({ state: null, forge: 'f' })).toBeNull();
    expect(lastSyncOf({ state: seen, forge: 'f' })).toBe(last);
  });
});

describe('a conflict', () => {
  const conflict = { task: 't1', number: 7, field: 'blockedBy', todo: 't2', issue: '', base: null } as const;
  it.each([
    ['both', 'the dependencies of t1 were changed on both sides: TODO.md says “t2”, issue #7 says nothing'],
    ['first', 'the dependencies of t1 differ: TODO.md says “t2”, issue #7 says nothing'],
    ['behind', 'the dependencies of t1 in TODO.md may be older than issue #7: TODO.md says “t2”, issue #7 says nothing'],
  ] as const)('is told with both values: %s', (why, text) => {
    expect(conflictText({ ...conflict, why })).toBe(text);
    expect(conflictText({ ...conflict, field: 'title', why: 'both' })).toMatch(/^the title of t1 was changed/);
    expect(conflictText({ ...conflict, field: 'tags', why: 'first' })).toMatch(/^the tags of t1 differ:/);
    expect(conflictText({ ...conflict, field: 'title', why: 'first' })).toMatch(/^the title of t1 differs:/);
    expect(conflictCommand(conflict)).toBe('yardmaster issues resolve t1 --keep todo|issue --field blockedBy');
  });
});

describe('our comment', () => {
  it('is known by its marker, and by who wrote it', () => {
    const text = markedComment('Work is under way.');
    expect(unmarkedComment(text.replaceAll('\n', '\r\n'))).toBe('Work is under way.');
    expect(isOurComment({ comment: { by: owner, text }, policy: samplePolicy })).toBe(true);
    expect(isOurComment({ comment: { by: stranger, text }, policy: samplePolicy })).toBe(false);
    expect(isOurComment({ comment: { by: owner, text: 'Hi' }, policy: samplePolicy })).toBe(false);
  });
});
