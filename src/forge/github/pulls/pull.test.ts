// What GraphQL says about a pull request, as facts. What GitHub has not computed yet is null.
import { describe, expect, it, test } from 'vitest';
import { ejectedAtOf, pullOf } from './pull.ts';

const node = {
  ...{
    id: 'PR_1',
    number: 1,
    url: 'https://github.com/acme/app/pull/1',
    state: 'OPEN',
    headRefOid: 'c',
    headRefName: 'x',
    baseRefName: 'main',
  },
  ...{ mergeable: 'MERGEABLE', mergeStateStatus: 'CLEAN', updatedAt: '2026-12-01T08:00:00Z' },
};

it.each([null, 'x', {}, { ...node, state: 'ODD' }, { ...node, number: '1' }, { ...node, headRefOid: null }])(
  'what is none is null: %j',
  (value) => {
    expect(pullOf(value)).toBeNull();
  },
);

test.each([
  ['MERGEABLE', 'CLEAN', { mergeable: true, behind: false, blocked: false }],
  ['MERGEABLE', 'UNSTABLE', { mergeable: true, behind: false, blocked: false }],
  ['MERGEABLE', 'HAS_HOOKS', { mergeable: true, behind: false, blocked: false }],
  ['MERGEABLE', 'BEHIND', { mergeable: true, behind: true, blocked: false }],
  ['MERGEABLE', 'BLOCKED', { mergeable: true, behind: false, blocked: true }],
  ['MERGEABLE', 'DRAFT', { mergeable: true, behind: false, blocked: false }],
  ['MERGEABLE', 'DIRTY', { mergeable: false }],
  ['CONFLICTING', 'DIRTY', { mergeable: false }],
  ['CONFLICTING', 'UNKNOWN', { mergeable: false }],
  ['UNKNOWN', 'UNKNOWN', { mergeable: null }],
  ['UNKNOWN', 'CLEAN', { mergeable: null }],
  ['MERGEABLE', 'UNKNOWN', { mergeable: null }],
  [undefined, undefined, { mergeable: null, behind: false, blocked: false }],
  ['MERGEABLE', undefined, { mergeable: true, behind: false, blocked: false }],
])('%s and %s', (mergeable, mergeStateStatus, expected) => {
  expect(pullOf({ ...node, mergeable, mergeStateStatus })).toMatchObject(expected);
});

describe('the review', () => {
  const reviews = (...states: readonly string[]) => ({ latestOpinionatedReviews: { nodes: states.map((state) => ({ state })) } });
  test.each([
    ['none', {}],
    ['requested', { reviewRequests: { totalCount: 1 } }],
    ['requested', { reviewDecision: 'REVIEW_REQUIRED' }],
    ['requested', { reviewDecision: 'REVIEW_REQUIRED', ...reviews('APPROVED') }],
    ['changes', { reviewDecision: 'CHANGES_REQUESTED', ...reviews('APPROVED') }],
    ['changes', { reviewDecision: 'REVIEW_REQUIRED', ...reviews('APPROVED', 'CHANGES_REQUESTED') }],
    ['changes', reviews('CHANGES_REQUESTED', 'APPROVED')],
    ['approved', { reviewDecision: 'APPROVED', reviewRequests: { totalCount: 1 } }],
    ['approved', reviews('APPROVED')],
    ['none', reviews('DISMISSED')],
  ])('is %s by %j', (review, given) => {
    expect(pullOf({ ...node, ...given })?.review).toBe(review);
  });
});

test('the end: who merged or closed it, and the commit of a merge alone', () => {
  const closings = { nodes: [{ actor: { login: 'grace', __typename: 'User' } }] };
  expect(pullOf({ ...node, state: 'CLOSED', closings, mergeCommit: { oid: 'm' } })).toMatchObject({
    state: 'closed',
    endedBy: 'grace',
    mergedCommit: null,
  });
  const mergedBy = { login: 'merger', __typename: 'Bot' };
  expect(pullOf({ ...node, state: 'MERGED', mergedBy, mergeCommit: { oid: 'm' } })).toMatchObject({
    state: 'merged',
    endedBy: 'merger[bot]',
    mergedCommit: 'm',
  });
  expect(pullOf({ ...node, closings })).toMatchObject({ state: 'open', endedBy: null });
});

test('the last ejection from a queue', () => {
  expect(ejectedAtOf({ ejections: { nodes: [{ createdAt: '2026-12-01T08:00:00Z' }] } })).toBe(Date.parse('2026-12-01T08:00:00Z'));
  expect(ejectedAtOf({ ejections: { nodes: [] } })).toBeNull();
  expect(ejectedAtOf({})).toBeNull();
});
