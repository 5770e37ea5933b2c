import { describe, expect, it } from 'vitest';
import { minute, second } from '../time.ts';
import { recordAfter } from './pull-effect.ts';
import { rows, stepOf } from './pull-rows.samples.ts';
import { mergeWish, nextStep, type PullFacts } from './pull-request.ts';
import { checksAre, observedAt, sampleBelow, sampleCheck, samplePullFacts, sampleRecord, sampleStored } from './pull.samples.ts';

const rounds = { checks: 3, review: 3, conflict: 3 };
const red = checksAre([{ state: 'red' }]);
const asked = { head: 'h1', at: observedAt - minute } as const;
const askedAny = { head: null, at: observedAt - minute } as const;
const ofPerson = { commit: 'h1', by: 'person', at: observedAt - 10 * minute } as const;
const inConflict = { of: 'h1 b1', ended: 'conflict' } as const;
const refused = { of: 'h1 b1', ended: 'refused', message: 'a file is in the way' } as const;
const unchanged = { of: 'h1 b1', ended: 'unchanged' } as const;

describe('one that is merged', () => {
  const seen = { state: 'merged', mergedCommit: 'm1' } as const;
  const verified = { commit: 'm1', at: observedAt, failed: null };
  const failed = { command: 'npm test', output: '1 failed' };
  rows([
    ['is verified first', { record: { seen } }, 'verify', 'verifying'],
    ['waits until the forge says where it was merged', { record: { seen: { state: 'merged' } } }, 'wait for forge', 'forge-computes'],
    ['blocks its task if that fails', { record: { seen, verified: { ...verified, failed } } }, 'block', 'verify-failed'],
    ['loses its branch then', { record: { seen, verified } }, 'delete-branch', 'merged'],
    ['loses its branch at once where nothing verifies', { record: { seen }, policy: { verifies: false } }, 'delete-branch', 'merged'],
    ['is finished then', { record: { seen, verified, branchDeleted: true } }, 'finish', 'merged'],
    ['keeps its branch by policy', { record: { seen, verified }, policy: { deleteBranch: false } }, 'finish', 'merged'],
    [
      'waits until those that build on its branch are retargeted',
      { record: { seen, verified }, above: ['yard/t13'] },
      'wait for line',
      'merged',
    ],
    [
      'also if its branch stays: without it, nobody would know where they belong',
      { record: { seen, verified }, policy: { deleteBranch: false }, above: ['yard/t13'] },
      'wait for line',
      'merged',
    ],
    ['may have been merged with a head that we do not know', { record: { seen: { ...seen, head: theirs() } } }, 'verify', 'verifying'],
  ]);
});

it('one that is closed blocks its task, and says who closed it', () => {
  expect(nextStep(samplePullFacts({ record: { seen: { state: 'closed', endedBy: 'ada' } } }))).toEqual({
    do: 'block',
    why: { code: 'closed', facts: { by: 'ada' } },
  });
});

function theirs(commit = 'p1') {
  return { commit, branch: 'yard/t12', repository: 'acme/app' };
}

describe('its head', () => {
  const justPushed = { commit: 'h1', by: 'us', at: observedAt - 37 * second } as const;
  rows([
    ['is adopted if a person pushed it', { record: { seen: { head: theirs() } } }, 'adopt', 'head-of-person'],
    [
      'is waited for while the forge shows an earlier one of ours',
      { record: { seen: { head: theirs('h0') }, head: justPushed } },
      'wait for forge',
      'forge-computes',
    ],
    ['is a person’s if it is an earlier one of ours for long', { record: { seen: { head: theirs('h0') } } }, 'adopt', 'head-of-person'],
    [
      'is not judged by an answer that is older than our push',
      { record: { seen: { head: theirs('h0') }, head: { ...justPushed, at: observedAt + minute } } },
      'wait for forge',
      'forge-computes',
    ],
  ]);
});

describe('one of a stack', () => {
  const onOther = { base: { branch: 'yard/t11' } };
  const below = sampleBelow({ base: 'yard/t11' });
  rows([
    ['waits for the lower one', { below, record: { seen: onOther } }, 'wait for line', 'stacked'],
    ['waits for it also when somebody asked', { below, record: { seen: onOther, mergeAsked: asked } }, 'wait for line', 'stacked'],
    ['is retargeted when that is merged', { below: sampleBelow({ is: 'over' }), record: { seen: onOther } }, 'retarget', 'retargeting'],
    [
      'moves its own commits then, before it is merged itself',
      { below: sampleBelow({ is: 'over' }), policy: { merge: 'green' } },
      'update by rebase',
      'retargeting',
    ],
    [
      'keeps a person’s commits as they are then',
      { below: sampleBelow({ is: 'over' }), record: { personsHead: 'p1' } },
      'update by merge',
      'retargeting',
    ],
    [
      'is given to a worker if they cannot be moved',
      { below: sampleBelow({ is: 'over' }), record: { updated: inConflict } },
      'answer conflict',
      'conflict',
    ],
    [
      'waits for a person once the lower one is closed',
      { below: { ...below, is: 'closed' }, record: { seen: onOther } },
      'wait for people',
      'stacked',
    ],
    [
      'or gone, and does not follow it',
      { below: { ...below, is: 'gone', hasMoved: true }, record: { seen: onOther } },
      'wait for people',
      'stacked',
    ],
    [
      'follows the lower one when a review changed that',
      { below: { ...below, hasMoved: true }, record: { seen: onOther } },
      'update by rebase',
      'behind',
    ],
    [
      'is given to a worker if it cannot follow',
      { below: { ...below, hasMoved: true }, record: { seen: onOther, updated: inConflict } },
      'answer conflict',
      'conflict',
    ],
  ]);
});

describe('a merge that was begun', () => {
  const merging = { id: 'm', head: 'h1', at: observedAt };
  rows([
    ['is asked for', { record: { merging } }, 'ask-merge', 'merging'],
    ['of another head is no longer of interest', { record: { merging: { ...merging, head: 'h0' } } }, 'wait for people', 'ready-to-merge'],
    ['by the queue is waited for', { record: { seen: { inQueue: true } } }, 'wait for forge', 'in-queue'],
  ]);
});

describe('a conflict', () => {
  const seen = { mergeable: false } as const;
  rows([
    ['is first ours to update', { record: { seen } }, 'update by rebase', 'conflict'],
    ['is updated by a merge by policy', { record: { seen }, policy: { update: 'merge' } }, 'update by merge', 'conflict'],
    ['is updated by a merge if a person pushed', { record: { seen, personsHead: 'p1' } }, 'update by merge', 'conflict'],
    ['is then a worker’s', { record: { seen, updated: inConflict } }, 'answer conflict', 'conflict'],
    [
      'is a worker’s if the base’s commit is unknown by now',
      { record: { seen, updated: inConflict }, baseCommit: null },
      'answer conflict',
      'conflict',
    ],
    ['is given to a worker once', { record: { seen, updated: inConflict, conflictGivenFor: 'h1 b1' } }, 'wait for people', 'conflict'],
    ['is left to people after all rounds', { record: { seen, updated: inConflict, rounds } }, 'wait for people', 'conflict'],
    ['is tried anew when the base moves', { record: { seen, updated: inConflict }, baseCommit: 'b2' }, 'update by rebase', 'conflict'],
    ['is a person’s if git refuses the update', { record: { seen, updated: refused } }, 'wait for people', 'update-refused'],
    [
      'is tried anew after a refusal when the base moves',
      { record: { seen, updated: refused }, baseCommit: 'b2' },
      'update by rebase',
      'conflict',
    ],
    [
      'is tried anew after a refusal of another head',
      { record: { seen, updated: { ...refused, of: 'h0 b1' } } },
      'update by rebase',
      'conflict',
    ],
    [
      'that we do not find is one that the forge still computes',
      { record: { seen, updated: unchanged } },
      'wait for forge',
      'forge-computes',
    ],
  ]);
});

describe('reviews', () => {
  const fresh = ['i1'];
  const green = { policy: { merge: 'green' } } as const;
  const unanswered = [sampleStored({ state: 'given' }), sampleStored({ id: 'i2', state: 'answered' })];
  const answered = [sampleStored({ state: 'answered' }), sampleStored({ id: 'i2', state: 'done' })];
  const settled = [sampleStored({ state: 'closed' }), sampleStored({ id: 'i2', state: 'shown' })];
  rows([
    ['are given to a worker', { fresh }, 'answer review', 'changes-requested'],
    ['are given to it before failed checks', { fresh, record: { checks: red } }, 'answer review', 'changes-requested'],
    ['are left to people after all rounds', { fresh, record: { rounds } }, 'wait for people', 'changes-requested'],
    ['that no worker answered are left to people', { ...green, record: { items: unanswered } }, 'wait for people', 'changes-requested'],
    ['that were answered hold up nobody', { ...green, record: { items: answered } }, 'merge', 'merging'],
    ['that people have settled hold up nobody', { ...green, record: { items: settled } }, 'merge', 'merging'],
    [
      'that no worker answered forbid a merge of any head',
      { record: { items: unanswered, mergeAsked: askedAny } },
      'wait for people',
      'changes-requested',
    ],
    [
      'that no worker answered are no matter to whoever merges this head',
      { record: { items: unanswered, mergeAsked: asked } },
      'merge',
      'merging',
    ],
    ['that are new are given, whatever was not answered', { fresh, record: { items: unanswered } }, 'answer review', 'changes-requested'],
    ['wait for whoever asked for changes', { record: { seen: { review: 'changes' } } }, 'wait for people', 'changes-requested'],
    [
      'do not keep anybody from merging who saw them',
      { fresh, record: { mergeAsked: asked, seen: { review: 'changes' } } },
      'merge',
      'merging',
    ],
    ['come before a merge of any head', { fresh, record: { mergeAsked: askedAny } }, 'answer review', 'changes-requested'],
    [
      'forbid a merge of any head',
      { record: { mergeAsked: askedAny, seen: { review: 'changes' } } },
      'wait for people',
      'changes-requested',
    ],
  ]);
});

describe('by the policy', () => {
  const [green, approved] = [{ policy: { merge: 'green' } }, { policy: { merge: 'approved' } }] as const;
  rows([
    ['never, a person merges it', {}, 'wait for people', 'ready-to-merge'],
    ['never, an approval merges nothing', { record: { seen: { review: 'approved' } } }, 'wait for people', 'ready-to-merge'],
    ['green, it is merged', green, 'merge', 'merging'],
    [
      'green, somebody who was asked for a review is waited for',
      { ...green, record: { seen: { review: 'requested' } } },
      'wait for people',
      'waiting-for-people',
    ],
    ['approved, it is merged with an approval', { ...approved, record: { seen: { review: 'approved' } } }, 'merge', 'merging'],
    ['approved, an approval is waited for', approved, 'wait for people', 'waiting-for-people'],
    ['green, a person’s head is not merged', { ...green, record: { head: ofPerson } }, 'wait for people', 'ready-to-merge'],
    [
      'green, nothing is decided while the forge computes',
      { ...green, record: { seen: { mergeable: null } } },
      'wait for forge',
      'forge-computes',
    ],
    ['green, a draft is not merged', { ...green, record: { seen: { draft: true } } }, 'wait for people', 'draft'],
  ]);
});

describe('asked for by a person', () => {
  const mergeAsked = asked;
  rows([
    ['it is merged', { record: { mergeAsked } }, 'merge', 'merging'],
    ['it is merged for a person’s head that this one saw', { record: { mergeAsked, head: ofPerson } }, 'merge', 'merging'],
    ['it is not merged for another head', { record: { mergeAsked: { ...asked, head: 'h0' } } }, 'wait for people', 'ready-to-merge'],
    ['it is merged at any head of ours', { record: { mergeAsked: askedAny } }, 'merge', 'merging'],
    [
      'it is not merged at just any head of a person’s',
      { record: { mergeAsked: askedAny, head: ofPerson } },
      'wait for people',
      'ready-to-merge',
    ],
    ['a draft is not merged', { record: { mergeAsked, seen: { draft: true } } }, 'wait for people', 'draft'],
    ['it waits for its turn', { record: { mergeAsked }, isFirst: false }, 'wait for line', 'in-line'],
    ['it is updated when it is its turn', { record: { mergeAsked, seen: { behind: true } } }, 'update by rebase', 'behind'],
    ['it is not updated before its turn', { record: { mergeAsked, seen: { behind: true } }, isFirst: false }, 'wait for line', 'in-line'],
    [
      'a worker resolves what our update cannot',
      { record: { mergeAsked, seen: { behind: true }, updated: inConflict } },
      'answer conflict',
      'conflict',
    ],
    ['it waits for the rules of its base', { record: { mergeAsked, seen: { blocked: true } } }, 'wait for people', 'waiting-for-people'],
    [
      'a refusal is told',
      { record: { mergeAsked, mergeRefused: { head: 'h1', message: 'no', at: observedAt } } },
      'wait for people',
      'merge-refused',
    ],
    [
      'a refusal of another head is forgotten',
      { record: { mergeAsked, mergeRefused: { head: 'h0', message: 'no', at: observedAt } } },
      'merge',
      'merging',
    ],
    [
      'a refusal before that is tried once more',
      { record: { mergeAsked, mergeRefused: { head: 'h1', message: 'no', at: observedAt - 2 * minute } } },
      'merge',
      'merging',
    ],
    ['an ejection is told', { record: { mergeAsked, ejectedAt: observedAt } }, 'wait for people', 'ejected'],
    ['an ejection of another head is forgotten', { policy: { merge: 'green' }, record: { ejectedAt: 0 } }, 'merge', 'merging'],
    ['an ejection before that is tried once more', { record: { mergeAsked, ejectedAt: observedAt - 2 * minute } }, 'merge', 'merging'],
    ['one that follows our queuing is told, however slow the forge’s clock is', slow({ head: 'h1' }), 'wait for people', 'ejected'],
    ['one that was known when we queued it is not told again', slow({ ejectedAt: 7 }), 'merge', 'merging'],
    ['where the base has a queue, that decides', { record: { mergeAsked, seen: { blocked: true, hasQueue: true } } }, 'merge', 'merging'],
  ]);
});

it('why the last merge failed is said also once the wish for it is withdrawn', () => {
  expect(stepOf({ record: { mergeRefused: { head: 'h1', message: 'no', at: observedAt } } })).toEqual(['wait for people', 'merge-refused']);
  expect(stepOf({ record: { ejectedAt: observedAt } })).toEqual(['wait for people', 'ejected']);
});

it.each([
  ['nobody has one', {}, null],
  ['it holds for this head', { mergeAsked: asked }, 'holds'],
  ['it holds for any head of ours', { mergeAsked: askedAny }, 'holds'],
  [
    'it holds while the forge does not show our update yet',
    { mergeAsked: { ...asked, head: 'h2' }, head: { ...ofPerson, commit: 'h2' } },
    'holds',
  ],
  ['it is void for another head', { mergeAsked: { ...asked, head: 'h0' } }, 'void'],
  ['it is over once it is merged', { mergeAsked: asked, seen: { state: 'merged' } }, null],
] as const)('the wish to merge it: %s', (_, record, expected) => expect(mergeWish(sampleRecord(record))).toBe(expected));

/** An ejection, by a forge whose clock is far behind ours. */
function slow(queued: { readonly head?: string; readonly ejectedAt?: number }) {
  return { record: { mergeAsked: asked, ejectedAt: 7, queued: { head: null, ejectedAt: null, ...queued } } };
}

it('an ejection keeps the policy from trying again', () => {
  expect(stepOf({ policy: { merge: 'green' }, record: { ejectedAt: observedAt } })).toEqual(['wait for people', 'ejected']);
});

it('a step carries what it is about', () => {
  const checks = checksAre([{ name: 'b', state: 'red' }, { name: 'a' }]);
  const facts: PullFacts = samplePullFacts({ record: { checks, rounds: { checks: 1, review: 0, conflict: 0 } } });
  expect(nextStep(facts)).toEqual({
    do: 'answer',
    kind: 'checks',
    checks: [sampleCheck({ name: 'b', state: 'red' })],
    items: [],
    why: { code: 'checks-failed', facts: { names: ['b'], rounds: { kind: 'checks', used: 1, most: 3 } } },
  });
  expect(nextStep(samplePullFacts({ record: { mergeAsked: asked }, policy: { method: 'merge' } }))).toMatchObject({
    head: 'h1',
    method: 'merge',
  });
});

it('the word of a person outlives our own update, and no push of a worker', () => {
  const record = sampleRecord({ mergeAsked: asked });
  const after = (by: 'update' | 'worker') =>
    recordAfter({ record, effect: { did: 'pushed', commit: 'h2', by }, at: observedAt }).mergeAsked;
  expect(after('update')).toEqual({ ...asked, head: 'h2' });
  expect(after('worker')).toEqual(asked);
});
