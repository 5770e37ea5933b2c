import { describe, expect, it, test } from 'vitest';
import { sampleDelivery, sampleTask } from '../core.samples.ts';
import type { PullRequest } from './pull-facts.ts';
import type { Delivery } from './delivery.ts';
import { factsOf, policyOf, pulledOf, type Pulled } from './pull-facts-of.ts';
import type { PullRecord } from './pull-record.ts';
import { nextStep, type PullFacts, type PullPolicy } from './pull-request.ts';
import { checksAre, observedAt, samplePlan, samplePolicy, samplePull, sampleRecord } from './pull.samples.ts';

type More = Omit<Parameters<typeof sampleRecord>[0] & object, 'seen'> & { readonly seen?: Partial<PullRequest> };

/** A pull request with this number, of a task of the same number. Its work builds on `b1` unless a commit is given. */
function pull(number: number, { seen, ...more }: More = {}, delivered: Partial<Delivery> = {}): Pulled & { readonly record: PullRecord } {
  const head = { ...samplePull().head, branch: `yard/t${number}` };
  const record = sampleRecord({ ...more, seen: { id: `PR_${number}`, number, head, ...seen } });
  return {
    task: { key: number, id: `t${number}`, delivery: sampleDelivery({ branch: head.branch, commit: 'h1', ...delivered, pull: record }) },
    record,
  };
}

const of = (
  pulled: Pulled,
  others: readonly Pulled[] = [],
  policy: Partial<PullPolicy> = {},
  baseCommit: string | null = 'b1',
): PullFacts => {
  const tasks = new Map(others.map(({ task }) => [task.id, { state: 'delivered', delivery: task.delivery }] as const));
  return factsOf({ pulled, all: [pulled, ...others], tasks, policy: samplePolicy(policy), baseCommit });
};

test('the policy is what the configuration says', () => {
  const delivery = {
    merge: { when: 'approved', method: 'rebase', deleteBranch: false },
    fix: { checks: 1, reviews: 2, conflicts: 3 },
    verify: [] as readonly string[],
    update: 'merge',
  } as const;
  const policy = {
    merge: 'approved',
    method: 'rebase',
    deleteBranch: false,
    update: 'merge',
    rounds: { checks: 1, review: 2, conflict: 3 },
  };
  expect(policyOf({ delivery })).toEqual({ ...policy, verifies: false });
  expect(policyOf({ delivery: { ...delivery, verify: ['npm test'] } })).toEqual({ ...policy, verifies: true });
});

test('only pull requests that were opened and are not finished are followed', () => {
  const tasks = [null, samplePlan, sampleRecord({ finished: true }), sampleRecord({ seen: { state: 'closed' } }), sampleRecord()].map(
    (one, nth) => sampleTask({ id: `t${nth}`, delivery: sampleDelivery({ pull: one }) }),
  );
  expect(pulledOf([sampleTask(), ...tasks]).map(({ task, record }) => [task.id, record.seen.state])).toEqual([
    ['t3', 'closed'],
    ['t4', 'open'],
  ]);
});

test('what stands in its own record, and the base', () => {
  const pulled = pull(7, { fresh: ['i1'] });
  expect(of(pulled)).toEqual({
    ...{ record: pulled.record, policy: samplePolicy(), fresh: ['i1'], below: null, above: [], isFirst: true, baseCommit: 'b1' },
  });
});

describe('a stack', () => {
  const on = (branch: string): More => ({ seen: { base: { branch } } });
  const lower = pull(1, { head: { commit: 'h1', by: 'us', at: observedAt } });
  const upper = pull(2, on('yard/t1'), { stackedOn: { task: 't1', branch: 'yard/t1' } });
  const elsewhere = { repository: { host: 'forge.test', owner: 'acme', name: 'other' } };

  it('the one below is the one on whose branch it builds, or which somebody made its base', () => {
    const below = { task: 't1', base: 'yard/t1', is: 'open', hasMoved: false };
    expect(of(upper, [pull(3), lower]).below).toEqual(below);
    expect(of(pull(2, on('yard/t1')), [pull(3), lower]).below).toEqual(below);
    expect(of(lower, [upper]).below).toBe(null);
    expect(of(pull(2, on('yard/t1')), [pull(1, elsewhere)]).below).toBe(null);
  });

  it('those above are the open ones that have its branch as their base', () => {
    const closed = pull(3, { seen: { base: { branch: 'yard/t1' }, state: 'closed' } });
    expect(of(lower, [upper, closed, pull(4), pull(5, { ...on('yard/t1'), ...elsewhere })]).above).toEqual(['yard/t2']);
  });

  it('the one below has moved once its branch has another commit than the one that it was made from', () => {
    expect(of(upper, [lower], {}, 'h2').below).toMatchObject({ hasMoved: true });
    expect(of(upper, [lower], {}, null).below).toMatchObject({ hasMoved: false });
    const unknown = { ...pull(2, on('yard/t1')), task: { ...upper.task, delivery: null } };
    expect(of(unknown, [lower]).below).toMatchObject({ hasMoved: true });
  });

  it('once the one below is merged, the upper one gets its base, and its own commits are moved; only then it is out of the way', () => {
    const merged = pull(1, { seen: { state: 'merged', mergedCommit: 'm1', base: { branch: 'release' } } });
    for (const one of [upper, pull(2, on('yard/t1'))]) {
      const facts = of(one, [merged]);
      expect(facts.below).toMatchObject({ base: 'release', is: 'over' });
      expect(nextStep(facts)).toMatchObject({ do: 'retarget', base: 'release', on: { task: 't1', branch: 'yard/t1' } });
    }
    for (const deleteBranch of [true, false])
      expect(nextStep(of(merged, [upper], { verifies: false, deleteBranch }))).toMatchObject({ do: 'wait', for: 'line' });
    const retargeted = pull(2, on('release'), { stackedOn: { task: 't1', branch: 'yard/t1' } });
    expect(nextStep(of(retargeted, [merged]))).toMatchObject({ do: 'update', why: { code: 'retargeting' } });
    const moved = pull(2, on('release'), { base: 'm1' });
    expect(of(moved, [merged]).below).toBe(null);
    expect(nextStep(of(merged, [moved], { verifies: false }))).toMatchObject({ do: 'delete-branch' });
  });

  it('while the one below is not merged, the upper one waits for it and holds up nobody', () => {
    expect(nextStep(of(upper, [lower], { merge: 'green' }))).toMatchObject({ do: 'wait', for: 'line', why: { code: 'stacked' } });
    expect(of(lower, [upper], { merge: 'green' }).isFirst).toBe(true);
  });
});

describe('the line of a base: one is merged after the other', () => {
  const green = { merge: 'green' } as const;
  const asked = { mergeAsked: { head: 'h1', at: observedAt } };
  const behind: More = { seen: { behind: true } };
  const running: More = { checks: checksAre([{ state: 'pending' }]) };
  const refused: More = { seen: { behind: true }, updated: { of: 'h1 b1', ended: 'refused', message: 'no' } };
  const red: More = { checks: checksAre([{ state: 'red' }]) };
  /** It was brought up to date for its merge. */
  const updated: More = { lineHead: 'h1' };
  const withoutRounds = samplePolicy().rounds;

  it.each<readonly [what: string, other: Pulled, policy: Partial<PullPolicy>, isFirst: boolean]>([
    ['an older one that can be merged comes first', pull(3), green, false],
    ['a younger one does not', pull(9), green, true],
    ['an older one whose update is refused does not', pull(3, refused), green, true],
    ['one whose update was refused holds no place', pull(9, { ...refused, lineHead: 'h1' }), green, true],
    ['an older one that is brought up to date for its merge comes first', pull(3, behind), green, false],
    ['one that is being merged comes first, also if it is younger', pull(9, { merging: { id: 'x', head: 'h1', at: 1 } }), green, false],
    ['one whose checks run after its update keeps its place, also if it is younger', pull(9, { ...running, ...updated }), green, false],
    ['and until it is merged', pull(9, updated), green, false],
    ['as well while the forge computes', pull(9, { seen: { mergeable: null }, ...updated }), green, false],
    ['one whose checks run without that has no place yet', pull(3, running), green, true],
    ['nor one whose update was of an earlier head', pull(3, { ...running, lineHead: 'h0' }), green, true],
    ['nor one whose checks failed', pull(3, { ...red, ...updated }), green, true],
    [
      'nor one whose checks failed for the last time',
      pull(3, { ...red, ...updated, rounds: { checks: 3, review: 0, conflict: 0 } }),
      green,
      true,
    ],
    ['nor one that is in conflict', pull(3, { seen: { mergeable: false } }), green, true],
    ['nor one that a worker answers for', pull(3, { fresh: ['i1'], ...updated }), green, true],
    ['nor one whose review is waited for', pull(3, { seen: { review: 'requested' }, ...updated }), green, true],
    ['nor one that nobody approved', pull(3, updated), { merge: 'approved' }, true],
    ['nor one that its base’s rules block', pull(3, { seen: { blocked: true }, ...updated }), green, true],
    ['nor one that the forge refused to merge', pull(3, { ...updated, mergeRefused: { head: 'h1', message: 'no', at: 1 } }), green, true],
    ['nor one in the forge’s own queue', pull(3, { seen: { inQueue: true }, ...updated }), green, true],
    ['nor a draft', pull(3, { seen: { draft: true }, ...updated }), green, true],
    ['nor one that only a person merges', pull(3, updated), {}, true],
    ['unless they said so', pull(3, { ...updated, ...asked }), {}, false],
    ['nor one that only a person merges while its checks run after an update', pull(3, { ...running, ...updated }), {}, true],
    ['unless they said so before', pull(3, { ...running, ...updated, ...asked }), {}, false],
    ['nor one that is closed', pull(3, { seen: { state: 'closed' } }), green, true],
    ['nor one that is merged', pull(3, { seen: { state: 'merged' } }), green, true],
    ['nor one of another base', pull(3, { seen: { base: { branch: 'release' } } }), green, true],
    ['nor one of another repository', pull(3, { repository: { host: 'forge.test', owner: 'acme', name: 'other' } }), green, true],
  ])('%s', (_, other, policy, isFirst) => {
    expect(of(pull(7), [other], policy).isFirst).toBe(isFirst);
    expect(of(pull(7), [pull(8), other, pull(12)], { ...policy, rounds: withoutRounds }).isFirst).toBe(isFirst);
  });

  it('one that keeps its place is not overtaken by an older one, nor by another that keeps its own', () => {
    expect(of(pull(7, updated), [pull(3)], green).isFirst).toBe(true);
    expect(of(pull(7, updated), [pull(3, { ...running, ...updated })], green).isFirst).toBe(true);
    // What is being merged already is waited for all the same.
    expect(of(pull(7, updated), [pull(9, { merging: { id: 'x', head: 'h1', at: 1 } })], green).isFirst).toBe(false);
  });

  it('of several that could be merged, exactly one is first', () => {
    const all = [pull(5), pull(3), pull(9, behind), pull(4, behind)];
    const first = all.filter((pulled) => of(pulled, all, green).isFirst);
    expect(first.map(({ record }) => record.seen.number)).toEqual([3]);
    expect(all.map((pulled) => nextStep(of(pulled, all, green)).do)).toEqual(['wait', 'merge', 'wait', 'wait']);
  });
});
