// Small samples of a pull request for the tests of its rules: by default one of ours that is open, green and ready.
import { hour } from '../time.ts';
import type { Check, PullRequest, ReviewItem } from './pull-facts.ts';
import type { Answer, PullPlan, PullRecord, StoredItem } from './pull-record.ts';
import type { PullFacts, PullPolicy } from './pull-request.ts';
import type { Below } from './stack.ts';

/** When the forge was last asked. */
export const observedAt = 10 * hour;

export function samplePull(more: Partial<PullRequest> = {}): PullRequest {
  return {
    id: 'PR_1',
    number: 7,
    url: 'https://forge.test/acme/app/pull/7',
    state: 'open',
    draft: false,
    title: 't12: Mend the parser',
    body: '',
    author: 'robot',
    head: { commit: 'h1', branch: 'yard/t12', repository: 'acme/app' },
    base: { branch: 'main' },
    mergeable: true,
    behind: false,
    blocked: false,
    review: 'none',
    inQueue: false,
    mergedCommit: null,
    endedBy: null,
    updatedAt: observedAt - 2 * hour,
    ...more,
  };
}

export function sampleCheck(more: Partial<Check> = {}): Check {
  return { id: 'c1', name: 'test', state: 'green', required: null, byMachine: false, canRerun: true, startedAt: null, url: null, ...more };
}

export function checksAre(checks: readonly Partial<Check>[], of = 'h1'): PullRecord['checks'] {
  return { of, are: { known: true, checks: checks.map(sampleCheck) } };
}

export function sampleRecord({
  seen = {},
  ...more
}: Partial<Omit<PullRecord, 'seen'>> & { readonly seen?: Partial<PullRequest> } = {}): PullRecord {
  return {
    forge: 'github',
    repository: { host: 'forge.test', owner: 'acme', name: 'app' },
    seen: samplePull(seen),
    observedAt,
    checks: checksAre([{}]),
    ejectedAt: null,
    head: { commit: 'h1', by: 'us', at: observedAt - hour },
    before: ['h0'],
    personsHead: null,
    pushing: null,
    rounds: { checks: 0, review: 0, conflict: 0 },
    checksGivenFor: null,
    reran: [],
    reranAt: null,
    lineHead: null,
    answer: null,
    items: [],
    fresh: [],
    stands: null,
    finished: false,
    updated: null,
    conflictGivenFor: null,
    mergeAsked: null,
    merging: null,
    mergeRefused: null,
    verified: null,
    branchDeleted: false,
    ...more,
  };
}

export function samplePolicy(more: Partial<PullPolicy> = {}): PullPolicy {
  return {
    merge: 'never',
    method: 'squash',
    update: 'rebase',
    deleteBranch: true,
    rounds: { checks: 3, review: 3, conflict: 3 },
    verifies: true,
    ...more,
  };
}

export function sampleBelow(more: Partial<Below> = {}): Below {
  return { task: 't11', base: 'main', is: 'open', hasMoved: false, ...more };
}

export interface PullSample {
  readonly record?: Parameters<typeof sampleRecord>[0];
  readonly policy?: Partial<PullPolicy>;
}

export function samplePullFacts({ record, policy, ...more }: PullSample & Partial<Omit<PullFacts, 'record' | 'policy'>> = {}): PullFacts {
  return {
    record: sampleRecord(record),
    policy: samplePolicy(policy),
    fresh: [],
    below: null,
    above: [],
    isFirst: true,
    baseCommit: 'b1',
    ...more,
  };
}

export function sampleItem(more: Partial<ReviewItem> = {}): ReviewItem {
  return {
    id: 'i1',
    kind: 'thread',
    thread: 'th1',
    author: { login: 'ada', association: 'MEMBER', bot: false },
    commit: 'h1',
    verdict: null,
    place: { path: 'src/parser.ts', line: 4 },
    text: 'Tabs fail here.',
    closed: false,
    url: 'https://forge.test/acme/app/pull/7#i1',
    at: observedAt - hour,
    ...more,
  };
}

/** A pull request that is to be opened. */
export const samplePlan: PullPlan = { forge: 'github', repository: { host: 'forge.test', owner: 'acme', name: 'app' }, seen: null };

export function sampleAnswer(more: Partial<Answer> = {}): Answer {
  return { kind: 'checks', head: 'h1', feedback: 'mend it', items: [], at: observedAt, ...more };
}

/** What is stored of `sampleItem`. */
export function sampleStored(more: Partial<StoredItem> = {}): StoredItem {
  return { id: 'i1', thread: 'th1', commit: 'h1', author: 'ada', bot: false, state: 'seen', ...more };
}
