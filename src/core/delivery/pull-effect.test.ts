import { describe, expect, it } from 'vitest';
import { recordAfter, type PullEffect } from './pull-effect.ts';
import { observedAt as at, sampleRecord, sampleStored } from './pull.samples.ts';

const after = (effect: PullEffect, more: Parameters<typeof sampleRecord>[0] = {}) =>
  recordAfter({ record: sampleRecord(more), effect, at });

describe('what is recorded', () => {
  it('of a push: the new head, and that the old one may still be shown', () => {
    expect(after({ did: 'pushed', commit: 'h2', by: 'worker' })).toMatchObject({
      head: { commit: 'h2', by: 'us', at },
      before: ['h0', 'h1'],
    });
    expect(after({ did: 'pushed', commit: 'h0', by: 'worker' }).before).toEqual(['h1']);
    expect(after({ did: 'pushed', commit: 'h1', by: 'worker' })).toEqual(sampleRecord());
    const before = Array.from({ length: 60 }, (_, nth) => `old${nth}`);
    expect(after({ did: 'pushed', commit: 'h2', by: 'worker' }, { before }).before).toHaveLength(50);
  });

  it('of a person’s head: it stays a person’s until a worker works on top of it, and is never rewritten', () => {
    const adopted = after({ did: 'adopted', head: 'p1' });
    expect(adopted).toMatchObject({ head: { commit: 'p1', by: 'person' }, personsHead: 'p1' });
    const updated = recordAfter({ record: adopted, effect: { did: 'pushed', commit: 'p2', by: 'update' }, at });
    expect(updated).toMatchObject({ head: { commit: 'p2', by: 'person' }, personsHead: 'p1' });
    const worked = recordAfter({ record: updated, effect: { did: 'pushed', commit: 'h3', by: 'worker' }, at });
    expect(worked).toMatchObject({ head: { commit: 'h3', by: 'us' }, personsHead: 'p1' });
  });

  it.each<readonly [PullEffect, object]>([
    [{ did: 'updated', ended: 'conflict', base: 'b1' }, { updated: { of: 'h1 b1', ended: 'conflict' } }],
    [
      { did: 'was-not-updated', base: 'b1', message: 'a file is in the way' },
      { updated: { of: 'h1 b1', ended: 'refused', message: 'a file is in the way' } },
    ],
    [{ did: 'retargeted', base: 'release' }, { seen: { base: { branch: 'release' }, mergeable: null } }],
    [
      { did: 'gave', kind: 'checks' },
      { rounds: { checks: 1, review: 0, conflict: 0 }, checksGivenFor: 'h1' },
    ],
    [
      { did: 'gave', kind: 'review' },
      { rounds: { checks: 0, review: 1, conflict: 0 }, checksGivenFor: null },
    ],
    [
      { did: 'gave', kind: 'conflict' },
      { rounds: { checks: 0, review: 0, conflict: 1 }, conflictGivenFor: null },
    ],
    [
      { did: 'reran', checks: [{ name: 'a' }, { name: 'b' }] },
      { reran: ['h1 a', 'h1 b'], reranAt: at },
    ],
    [{ did: 'merged', commit: 'm1' }, { seen: { state: 'merged', mergedCommit: 'm1', updatedAt: at } }],
    [{ did: 'began-merge', id: 'x' }, { merging: { id: 'x', head: 'h1', at } }],
    [{ did: 'queued' }, { seen: { inQueue: true }, merging: null }],
    [
      { did: 'was-refused', message: 'no' },
      { mergeRefused: { head: 'h1', message: 'no', at }, merging: null },
    ],
    [{ did: 'deleted-branch' }, { branchDeleted: true }],
    [{ did: 'verified', commit: 'm1', failed: null }, { verified: { commit: 'm1', at, failed: null } }],
    [{ did: 'asked-merge', head: null }, { mergeAsked: { head: null, at } }],
    [{ did: 'withdrew-merge', asked: at }, { mergeAsked: null }],
  ])('of %j', (effect, expected) => expect(after(effect)).toMatchObject(expected));

  it('a wish is withdrawn that was asked for then, and no later one', () => {
    const record = sampleRecord({ mergeAsked: { head: 'h1', at: 7 } });
    const after = (asked: number) => recordAfter({ record, effect: { did: 'withdrew-merge', asked }, at }).mergeAsked;
    expect([after(7), after(6)]).toEqual([null, record.mergeAsked]);
  });

  it('of a conflict that a worker is given: which one', () => {
    expect(after({ did: 'gave', kind: 'conflict' }, { updated: { of: 'h1 b1', ended: 'conflict' } }).conflictGivenFor).toBe('h1 b1');
  });

  it('of a person’s retry: what no worker answered is given once more', () => {
    const items = [sampleStored({ state: 'given' }), sampleStored({ id: 'i2', state: 'answered' })];
    const renewed = after({ did: 'renewed' }, { items, fresh: ['i3'] });
    expect([renewed.fresh, renewed.items]).toEqual([
      ['i3', 'i1'],
      [sampleStored(), items[1]],
    ]);
  });

  it('of a person’s retry: everything may be tried again, and what was verified stays so', () => {
    const spent = { rounds: { checks: 3, review: 3, conflict: 3 }, checksGivenFor: 'h1', conflictGivenFor: 'h1 b1' } as const;
    expect(after({ did: 'renewed' }, spent)).toEqual(sampleRecord());
    const conflict = { of: 'h1 b1', ended: 'conflict' } as const;
    expect(after({ did: 'renewed' }, { updated: conflict }).updated).toEqual(conflict);
    expect(after({ did: 'renewed' }, { updated: { ...conflict, ended: 'refused', message: 'no' } }).updated).toBe(null);
    const failed = { commit: 'm1', at, failed: { command: 'c', output: '' } };
    expect(after({ did: 'renewed' }, { verified: failed }).verified).toBe(null);
    expect(after({ did: 'renewed' }, { verified: { ...failed, failed: null } }).verified).toEqual({ ...failed, failed: null });
  });
});
