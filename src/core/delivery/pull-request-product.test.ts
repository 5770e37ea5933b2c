import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minute, second } from '../time.ts';
import type { Checks, PullRequest } from './pull-facts.ts';
import { kindOf, life, type StepKind } from './pull-life.ts';
import type { PullRecord } from './pull-record.ts';
import { nextStep, type PullFacts, type PullStep } from './pull-request.ts';
import { checksAre, observedAt, sampleBelow, samplePolicy, samplePull, sampleRecord, sampleStored } from './pull.samples.ts';
import { followed, type World } from './pull-world.samples.ts';

// What each fact may be. The first value of each is the usual one.
const heads = {
  ours: { shown: 'h1', by: 'us', age: 60 * minute, personsHead: null },
  young: { shown: 'h1', by: 'us', age: 20 * second, personsHead: null },
  onTopOfPersons: { shown: 'h1', by: 'us', age: 60 * minute, personsHead: 'h0' },
  persons: { shown: 'h1', by: 'person', age: 60 * minute, personsHead: 'h1' },
  foreign: { shown: 'p1', by: 'us', age: 60 * minute, personsHead: null },
  late: { shown: 'h0', by: 'us', age: 20 * second, personsHead: null },
  reset: { shown: 'h0', by: 'us', age: 60 * minute, personsHead: null },
} as const;
const known = (checks: Parameters<typeof checksAre>[0]): Checks | undefined => checksAre(checks)?.are;
const checks: Readonly<Record<string, Checks | null>> = {
  green: known([{}]) ?? null,
  none: known([]) ?? null,
  pending: known([{}, { name: 'slow', state: 'pending' }]) ?? null,
  red: known([{}, { name: 'lint', state: 'red' }]) ?? null,
  byMachine: known([{ state: 'red', byMachine: true, startedAt: observedAt - 60 * minute }]) ?? null,
  stuck: known([{ state: 'red', byMachine: true, canRerun: false }]) ?? null,
  requiredRed:
    known([
      { state: 'red', required: true },
      { name: 'lint', required: false },
    ]) ?? null,
  optionalRed: known([{ required: true }, { name: 'lint', state: 'red', required: false }]) ?? null,
  unknown: { known: false, lacking: 'checks: read' },
  unasked: null,
};
const at = observedAt - minute;
const axes = {
  head: [heads.ours, heads.young, heads.persons, heads.foreign],
  checks: Object.values(checks),
  mergeable: [true, false, null],
  draft: [false, true],
  behind: [false, true],
  blocked: [false, true],
  review: ['none', 'requested', 'changes', 'approved'],
  merge: ['green', 'approved', 'never'],
  asked: [null, { head: 'h1', at }, { head: 'h0', at }, { head: null, at }],
  said: ['nothing', 'fresh', 'given'],
  used: [0, 3],
} as const satisfies Readonly<Record<string, readonly unknown[]>>;
const rareAxes = {
  state: ['open', 'merged', 'closed'],
  inQueue: [false, true],
  mergedCommit: ['m1', null],
  checksGivenFor: [null, 'h1'],
  reran: [[], ['h1 test']],
  reranAt: [null, at, observedAt - 10 * minute],
  updated: [
    null,
    { of: 'h1 b1', ended: 'conflict' },
    { of: 'h1 b1', ended: 'unchanged' },
    { of: 'h1 b0', ended: 'conflict' },
    { of: 'h1 b1', ended: 'refused', message: 'no' },
  ],
  conflictGivenFor: [null, 'h1 b1'],
  baseCommit: ['b1', null],
  merging: [null, { id: 'm', head: 'h1', at }, { id: 'm', head: 'h0', at }],
  mergeRefused: [null, { head: 'h1', message: 'no', at: observedAt }, { head: 'h0', message: 'no', at: observedAt }],
  ejectedAt: [null, observedAt, 0],
  verified: [null, { commit: 'm1', at, failed: null }, { commit: 'm1', at, failed: { command: 'c', output: '' } }],
  branchDeleted: [false, true],
  below: [
    null,
    sampleBelow(),
    sampleBelow({ hasMoved: true }),
    sampleBelow({ base: 'release' }),
    sampleBelow({ is: 'over' }),
    sampleBelow({ is: 'over', base: 'release' }),
    sampleBelow({ is: 'closed' }),
    sampleBelow({ is: 'gone', hasMoved: true }),
  ],
  above: [[], ['yard/t13']],
  isFirst: [true, false],
  verifies: [true, false],
  deleteBranch: [true, false],
  update: ['rebase', 'merge'],
} as const satisfies Readonly<Record<string, readonly unknown[]>>;
type OneOf<A extends Readonly<Record<string, readonly unknown[]>>> = { readonly [K in keyof A]: A[K][number] };
type Common = Omit<OneOf<typeof axes>, 'head'> & { readonly head: (typeof heads)[keyof typeof heads] };
type Rare = OneOf<typeof rareAxes>;
const usual = Object.fromEntries(Object.entries(rareAxes).map(([name, values]) => [name, values[0]])) as Rare;

function factsOf(is: Common & Rare): PullFacts {
  const seen: PullRequest = samplePull({
    ...{ state: is.state, draft: is.draft, mergeable: is.mergeable, behind: is.behind, blocked: is.blocked, review: is.review },
    ...{ inQueue: is.inQueue, mergedCommit: is.mergedCommit, head: { commit: is.head.shown, branch: 'yard/t12', repository: 'acme/app' } },
  });
  const record: PullRecord = sampleRecord({
    ...{ checksGivenFor: is.checksGivenFor, reran: is.reran, reranAt: is.reranAt, updated: is.updated, merging: is.merging },
    ...{ conflictGivenFor: is.conflictGivenFor, mergeRefused: is.mergeRefused, ejectedAt: is.ejectedAt, verified: is.verified },
    ...{ branchDeleted: is.branchDeleted, personsHead: is.head.personsHead, mergeAsked: is.asked, seen },
    items: is.said === 'given' ? [sampleStored({ state: 'given' })] : [],
    head: { commit: 'h1', by: is.head.by, at: observedAt - is.head.age },
    rounds: { checks: is.used, review: is.used, conflict: is.used },
    checks: is.checks === null ? null : { of: is.head.shown, are: is.checks },
  });
  const policy = samplePolicy({ merge: is.merge, verifies: is.verifies, deleteBranch: is.deleteBranch, update: is.update });
  const fresh = is.said === 'fresh' ? ['i1'] : [];
  return { record, policy, fresh, below: is.below, above: is.above, isFirst: is.isFirst, baseCommit: is.baseCommit };
}

/** The laws that a step breaks. */
function brokenBy(facts: PullFacts, step: PullStep): readonly string[] {
  const { record, policy } = facts;
  const { seen, head } = record;
  const laws: (readonly [law: string, holds: boolean])[] = [];
  if (step.do === 'merge') laws.push(...lawsOfMerge(facts, step));
  if (step.do === 'answer')
    laws.push(
      ['a worker gets rounds only as far as the policy goes', record.rounds[step.kind] < policy.rounds[step.kind]],
      ['a worker works on a head that we know', seen.head.commit === head.commit],
      ['failed checks are given once for a head', step.kind !== 'checks' || record.checksGivenFor !== seen.head.commit],
      ['a conflict is given once', step.kind !== 'conflict' || record.conflictGivenFor !== record.updated?.of],
    );
  if (step.do === 'update') laws.push(['a person’s commits are not rewritten', record.personsHead === null || step.how === 'merge']);
  if (step.do === 'rerun') {
    const before = step.checks.map(({ name }) => record.reran.filter((key) => key === `${seen.head.commit} ${name}`).length);
    laws.push(['a check is run again once, or twice if nothing came of that', before.every((times) => times < 2)]);
  }
  if (step.do === 'update' || step.do === 'retarget')
    laws.push(['what is updated is a head that we know', seen.head.commit === head.commit]);
  if (step.do === 'delete-branch') laws.push(['the base of others is not deleted', facts.above.length === 0 && seen.state === 'merged']);
  if (step.do === 'finish')
    laws.push([
      'nothing is finished that is not merged and verified',
      seen.state === 'merged' && (!policy.verifies || record.verified?.failed === null),
    ]);
  return laws.filter(([, holds]) => !holds).map(([law]) => law);
}

function lawsOfMerge({ record, policy, below, isFirst, fresh }: PullFacts, step: Extract<PullStep, { do: 'merge' }>): [string, boolean][] {
  const { seen, head, checks: asked, mergeAsked } = record;
  const are = asked?.of === step.head ? asked.are : null;
  const required = are?.known === true ? are.checks.filter((check) => check.required === true) : [];
  const deciding = are?.known === true ? (required.length > 0 ? required : are.checks) : [];
  const byPerson = mergeAsked !== null && (mergeAsked.head === step.head || (mergeAsked.head === null && head.by === 'us'));
  const word = seen.review === 'approved' || (policy.merge === 'green' && seen.review === 'none');
  return [
    ['the head that is merged is the known one', step.head === head.commit && seen.head.commit === head.commit],
    ['checks were asked for this head', are !== null],
    ['no check that counts is red or pending', deciding.every(({ state }) => state === 'green')],
    ['unknown checks are merged only for a person', byPerson || are?.known === true],
    ['a policy merges only our heads, with the word that it demands', byPerson || (head.by === 'us' && policy.merge !== 'never' && word)],
    [
      'what a worker did not answer is merged only for a person who saw it',
      mergeAsked?.head === step.head || !isOpenToAnswer({ record, fresh }),
    ],
    ['no draft is merged', !seen.draft],
    ['the forge says that it can be merged', seen.mergeable === true && !seen.blocked && !seen.behind],
    ['one at a time, and the lower one of a stack first', isFirst && below === null && record.merging?.head !== head.commit],
  ];
}

function isOpenToAnswer({ record, fresh }: Pick<PullFacts, 'record' | 'fresh'>): boolean {
  return fresh.length > 0 || record.items.some(({ state }) => state === 'given');
}

/** The kinds of steps that were taken, each with its standing. */
const taken = new Set<string>();

/** Follows the steps until nothing is left to do, and says which law was broken on the way. */
function brokenOnTheWay(start: PullFacts, world: World): readonly string[] {
  const done = new Set<string>();
  let facts = start;
  for (let nth = 1; nth <= 60; nth += 1) {
    const step = nextStep(facts);
    const broken = brokenBy(facts, step);
    if (broken.length > 0) return broken;
    taken.add(`${kindOf(step)}: ${step.why.code}`);
    const next = followed({ facts, step, world, nth });
    if (next === null) return [];
    const { why: _, ...what } = step;
    // What the forge was told in vain is repeated once.
    const times = step.do === 'rerun' ? facts.record.reran.length : 0;
    const key = JSON.stringify([what, facts.record.head.commit, facts.record.seen.head.commit, times]);
    if (done.has(key)) return [`the same step comes twice: ${key}`];
    done.add(key);
    facts = next;
  }
  return ['the steps do not end'];
}

function* product(): Generator<Common> {
  const names = Object.keys(axes) as (keyof Common)[];
  const lengths = names.map((name) => axes[name].length);
  const total = lengths.reduce((product, length) => product * length, 1);
  for (let index = 0; index < total; index += 1) {
    let rest = index;
    const one: Record<string, unknown> = {};
    for (const [nth, name] of names.entries()) {
      const length = lengths[nth] ?? 1;
      one[name] = axes[name][rest % length];
      rest = Math.floor(rest / length);
    }
    yield one as unknown as Common;
  }
}

const helpful: World = { forge: 'prompt', update: 'pushes', worker: 'pushes', merge: 'merged', later: 'merged', verify: 'passes' };

describe('a pull request’s ladder', () => {
  it('holds its laws over the whole product of what decides about an open one', () => {
    const broken = new Map<string, Common>();
    const steps = new Set<string>();
    for (const one of product()) {
      const facts = factsOf({ ...usual, ...one });
      const step = nextStep(facts);
      steps.add(step.do);
      for (const law of brokenBy(facts, step)) broken.set(law, one);
    }
    expect([...broken]).toEqual([]);
    // The product reaches every step that an open pull request without a past may take.
    expect([...steps].toSorted()).toEqual(['adopt', 'answer', 'merge', 'rerun', 'update', 'wait']);
  });

  const worlds: fc.Arbitrary<World> = fc.record({
    forge: fc.constantFrom('stale', 'prompt'),
    update: fc.constantFrom('pushes', 'conflict', 'unchanged', 'refused'),
    worker: fc.constantFrom('pushes', 'changes nothing'),
    merge: fc.constantFrom('merged', 'pending', 'queued', 'was-refused'),
    later: fc.constantFrom('merged', 'was-refused'),
    verify: fc.constantFrom('passes', 'fails'),
  });
  // The usual value comes most often: with everything unusual at once, hardly any pull request would get far.
  const anything = fc.record(
    Object.fromEntries(
      Object.entries({ ...axes, ...rareAxes, head: Object.values(heads) }).map(([name, values]) => [
        name,
        fc.oneof({ weight: 4, arbitrary: fc.constant<unknown>(values[0]) }, fc.constantFrom<unknown>(...values)),
      ]),
    ),
  ) as unknown as fc.Arbitrary<Common & Rare>;

  it('comes to an end in every world, and never repeats itself', () => {
    const run = fc.check(
      fc.property(anything, worlds, (is, world) => {
        expect(brokenOnTheWay(factsOf(is), world)).toEqual([]);
      }),
      { numRuns: 20_000, seed: 12 },
    );
    expect(run.failed ? fc.defaultReportMessage(run) : 'it holds').toBe('it holds');
    // The table of the documentation names every step with its standings, and no others.
    const named = (Object.keys(life) as StepKind[]).flatMap((kind) => life[kind].standings.map((code) => `${kind}: ${code}`));
    expect([...taken].toSorted()).toEqual(named.toSorted());
  });

  it('ends with a merge and a verification where everybody helps', () => {
    let facts = factsOf({ ...usual, ...(product().next().value as Common) });
    const steps: string[] = [];
    for (let nth = 1; ; nth += 1) {
      const step = nextStep(facts);
      steps.push(step.do);
      const next = followed({ facts, step, world: helpful, nth });
      if (next === null) break;
      facts = next;
    }
    expect(steps).toEqual(['merge', 'verify', 'delete-branch', 'finish']);
  });
});
