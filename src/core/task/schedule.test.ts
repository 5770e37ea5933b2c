import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch } from './batch.ts';
import { anyCaps, anySlot, withinCaps } from './caps.samples.ts';
import { because, sampleCondition, sampleDelivery, sampleTask, sampleWait } from '../core.samples.ts';
import { samplePlan } from '../delivery/pull.samples.ts';
import { allFull, capReached, placeFull, waiting, type Caps, type ScheduleFacts, type Slot } from './schedule.ts';
import { fullText } from '../reason/standing-words.ts';
import { untilOf, type Full, type Wait } from '../reason/standing-reason.ts';
import { taskStates, type TaskState } from './task.ts';
import { hour } from '../time.ts';

const slot = (more: Partial<Slot> = {}): Slot => ({
  repo: '/a',
  model: 'p/m',
  account: null,
  batch: null,
  place: 'local',
  host: 'this',
  ...more,
});
const loose: Caps = { global: 100, perHost: {}, perPlace: {}, perRepository: 0, perModel: {}, perAccount: {}, perBatch: {} };

describe('capReached', () => {
  const cases: readonly [
    name: string,
    caps: Partial<Caps>,
    taken: Slot[],
    wanted: Partial<Slot>,
    told: readonly [Full['code'], string] | null,
  ][] = [
    ['nothing runs', {}, [], {}, null],
    ['all workers are busy', { global: 1 }, [slot({ repo: '/b' })], {}, ['workers', 'all 1 workers are busy']],
    ['none may run', { global: 0 }, [], {}, ['workers', 'all 0 workers are busy']],
    [
      'the repository has enough',
      { perRepository: 1 },
      [slot()],
      {},
      ['repository', 'its repository has reached limits.perRepository (1)'],
    ],
    ['another repository has enough', { perRepository: 1 }, [slot()], { repo: '/b' }, null],
    ['a repository without limit', { perRepository: 0 }, [slot(), slot()], {}, null],
    [
      'the model has enough',
      { perModel: { 'p/m': 2 } },
      [slot(), slot({ repo: '/b' })],
      {},
      ['model', 'p/m has reached limits.perModel (2)'],
    ],
    ['the model has one less', { perModel: { 'p/m': 2 } }, [slot()], {}, null],
    ['another model has enough', { perModel: { 'p/n': 1 } }, [slot({ model: 'p/n' })], {}, null],
    ['a model without limit', { perModel: { 'p/m': 0 } }, [slot()], {}, null],
    [
      'the account has enough',
      { perAccount: { plan: 2 } },
      [slot({ account: 'plan', repo: '/b' }), slot({ account: 'plan', model: 'p/n' })],
      { account: 'plan' },
      ['account', 'plan has reached limits.perAccount (2)'],
    ],
    ['the account has one less', { perAccount: { plan: 2 } }, [slot({ account: 'plan' })], { account: 'plan' }, null],
    ['another account has enough', { perAccount: { plan: 1 } }, [slot({ account: 'plan' })], { account: 'key' }, null],
    ['no account at all', { perAccount: { plan: 1 } }, [slot({ account: 'plan' })], {}, null],
    ['an account without limit', { perAccount: { plan: 0 } }, [slot({ account: 'plan' })], { account: 'plan' }, null],
    [
      'the batch has enough',
      { perBatch: { b: 1 } },
      [slot({ batch: 'b', repo: '/b' })],
      { batch: 'b' },
      ['batch', 'batch b runs at most 1 at once'],
    ],
    ['another batch has enough', { perBatch: { b: 1 } }, [slot({ batch: 'b' })], { batch: 'c' }, null],
    ['no batch at all', { perBatch: { b: 1 } }, [slot({ batch: 'b' })], {}, null],
    ['a batch without limit', { perBatch: { b: 0 } }, [slot({ batch: 'b' })], { batch: 'b' }, null],
    [
      'names that every object has',
      { perModel: {}, perAccount: {}, perBatch: {} },
      [slot({ model: 'constructor', account: 'valueOf', batch: 'toString', place: 'constructor', host: 'valueOf' })],
      { model: 'constructor', account: 'valueOf', batch: 'toString', place: 'constructor', host: 'valueOf' },
      null,
    ],
    [
      'the host bears no more',
      { perHost: { this: 2 } },
      [slot(), slot({ place: 'pool', repo: '/b' })],
      {},
      ['host', 'its host can run 2 workers at once, and all are busy'],
    ],
    ['the host bears one more', { perHost: { this: 2 } }, [slot(), slot({ host: 'box' })], {}, null],
    ['the host bears none', { perHost: { this: 0 } }, [], {}, ['host', 'its host can run 0 workers at once, and all are busy']],
    [
      'one whose host was not stored counts on each',
      { perHost: { this: 1 } },
      [slot({ host: null })],
      {},
      ['host', 'its host can run 1 workers at once, and all are busy'],
    ],
    ['a host that is not known bears all', { perHost: { this: 0 } }, [], { host: null }, null],
    [
      'the place has enough',
      { perPlace: { local: 1 } },
      [slot({ host: 'box' })],
      {},
      ['place', 'the place local runs at most 1 workers at once, and all are busy'],
    ],
    ['another place has enough', { perPlace: { local: 1 } }, [slot()], { place: 'pool' }, null],
    ['several at once: the widest is told', { global: 1, perRepository: 1 }, [slot()], {}, ['workers', 'all 1 workers are busy']],
  ];
  it.each(cases)('%s', (_, caps, taken, wanted, told) => {
    const full = capReached({ caps: { ...loose, ...caps }, taken, wanted: slot(wanted) });
    expect(full === null ? null : [full.code, fullText(full)]).toEqual(told);
  });

  it('refuses one more worker exactly when a cap would be exceeded', () => {
    const answers = { admitted: 0, refused: 0 };
    fc.assert(
      fc.property(anyCaps, fc.array(anySlot, { maxLength: 6 }), anySlot, (caps, taken, wanted) => {
        fc.pre(withinCaps(caps, taken));
        const admits = withinCaps(caps, [...taken, wanted]);
        expect(capReached({ caps, taken, wanted }) === null).toBe(admits);
        answers[admits ? 'admitted' : 'refused'] += 1;
      }),
      { numRuns: 500 },
    );
    expect(Math.min(answers.admitted, answers.refused)).toBeGreaterThan(50);
  });
});

describe('allFull', () => {
  const [local, pool] = [
    { name: 'local', host: 'this' },
    { name: 'pool', host: 'box' },
  ];
  const caps = { ...loose, perHost: { this: 1 }, perPlace: { pool: 1 } };
  const inPool = slot({ place: 'pool', host: 'box' });

  it.each([
    ['there is a slot in each', caps, [], false],
    ['the host of one is full', caps, [slot()], false],
    ['both are full', caps, [slot(), inPool], true],
    ['nobody sets a limit', loose, [slot(), inPool], false],
    ['all workers are busy, wherever they are', { ...loose, global: 1 }, [inPool], true],
  ])('%s', (_, given, taken, full) => {
    expect(allFull({ caps: given, taken, places: [local!, pool!] })).toBe(full);
  });

  it('a place is full by itself or by its host, beside others that are not', () => {
    const isFull = (taken: readonly Slot[]): boolean[] => [local!, pool!].map((place) => placeFull({ caps, taken, place }));
    expect([isFull([]), isFull([slot()]), isFull([inPool])]).toEqual([
      [false, false],
      [true, false],
      [false, true],
    ]);
  });
});

const batch = (name: string, state: Batch['state']): Batch => ({ name, state, concurrency: 0, mcp: null, role: null, createdAt: 1 });
const facts = (more: Partial<Omit<ScheduleFacts, 'task'>> & { task?: Parameters<typeof sampleTask>[0] } = {}): ScheduleFacts => ({
  states: new Map(),
  deliveries: null,
  batches: new Map([batch('o', 'open'), batch('p', 'paused'), batch('c', 'cancelled')].map((one) => [one.name, one])),
  now: 1000,
  named: false,
  held: null,
  aside: null,
  ...more,
  task: sampleTask(more.task),
});

describe('waiting', () => {
  const cases: readonly [name: string, given: Parameters<typeof facts>[0], told: Wait | null][] = [
    ['a wanted task is ready', {}, null],
    ['not while a person is at it', { held: 'attached' }, sampleWait('attached')],
    ['nor while a step of its pull request is taken', { held: 'following' }, sampleWait('following')],
    ['even one that is named', { held: 'clearing', named: true }, sampleWait('clearing')],
    ['one that nobody marked', { task: { wanted: false } }, sampleWait('not-marked')],
    ['unless it is named', { task: { wanted: false }, named: true }, null],
    ['one whose line is gone', { task: { line: 'gone' }, named: true }, sampleWait('line-gone')],
    ['one whose line cannot be read', { task: { line: 'unread' }, named: true }, sampleWait('line-unread')],
    ['one from the command line has none', { task: { line: 'none' } }, null],
    ['in an open batch', { task: { batch: 'o' } }, null],
    ['in a batch that nobody knows', { task: { batch: 'x' } }, null],
    ['in a paused batch', { task: { batch: 'p' }, named: true }, sampleWait('batch-paused', { batch: 'p' })],
    ['in a cancelled batch', { task: { batch: 'c' } }, sampleWait('batch-cancelled', { batch: 'c' })],
    [
      'before its time',
      { task: { notBefore: 1001, reason: because('overloaded: 529') } },
      sampleWait('back-off', { reason: because('overloaded: 529'), until: 1001 }),
    ],
    ['at its time', { task: { notBefore: 1000 } }, null],
    [
      'until a reset that is days ahead',
      { task: { notBefore: 1000 + 100 * hour, updatedAt: 900, reason: because('r') } },
      sampleWait('back-off', { reason: because('r'), until: 1000 + 100 * hour }),
    ],
    ['put off by a clock that was ten days ahead', { task: { notBefore: 1000 + 240.01 * hour, updatedAt: 1000 + 240 * hour } }, null],
    [
      'while its repository is set aside',
      { aside: { until: 2000, why: sampleCondition('repository-away: no route to host') } },
      sampleWait('set-aside', { why: sampleCondition('repository-away: no route to host'), until: 2000 }),
    ],
    ['after what it waited for', { task: { blockedBy: ['t2'] }, states: new Map([['t2', 'done']]) }, null],
    [
      'after what is open, failed or unknown',
      {
        task: { blockedBy: ['t2', 't3', 't4', 't5'] },
        states: new Map([
          ['t2', 'done'],
          ['t3', 'running'],
          ['t4', 'failed'],
        ]),
      },
      sampleWait('dependency', {
        on: [
          { id: 't3', state: 'running' },
          { id: 't4', state: 'failed' },
          { id: 't5', state: null },
        ],
      }),
    ],
    [
      'on itself',
      { task: { blockedBy: ['t1'] }, states: new Map([['t1', 'queued']]) },
      sampleWait('dependency', { on: [{ id: 't1', state: 'queued' }] }),
    ],
    [
      'a back-off is told only where time alone helps',
      { task: { blockedBy: ['t2'], notBefore: 2000 }, states: new Map([['t2', 'queued']]) },
      sampleWait('dependency', { on: [{ id: 't2', state: 'queued' }] }),
    ],
  ];
  it.each(cases)('%s', (_, given, told) => {
    expect(waiting(facts(given))).toEqual(told);
  });

  it('starts from the branch of a delivered task, and waits for several that have no branch in common', () => {
    const states = new Map<string, TaskState>([
      ['t2', 'delivered'],
      ['t3', 'delivered'],
    ]);
    const delivery = (id: string) => [id, sampleDelivery({ branch: `yard/${id}`, commit: 'c1', pull: samplePlan })] as const;
    const given = { states, deliveries: new Map([delivery('t2'), delivery('t3')]) };
    expect(waiting(facts({ ...given, task: { blockedBy: ['t2'] } }))).toBe(null);
    expect(waiting(facts({ ...given, task: { blockedBy: ['t2', 't3'] } }))).toEqual(sampleWait('several-branches', { on: ['t2', 't3'] }));
  });

  const answers: readonly [name: string, given: NonNullable<Parameters<typeof facts>[0]>, told: Wait | null][] = [
    ['whatever became of its request', { task: { wanted: false } }, null],
    ['of its line', { task: { line: 'gone' } }, null],
    ['or of its line’s words', { task: { line: 'unread' } }, null],
    ['and of what it waited for', { task: { blockedBy: ['t2'] }, states: new Map([['t2', 'failed']]) }, null],
    ['but not while a person is at it', { held: 'attached' }, sampleWait('attached')],
    ['nor while its batch is paused', { task: { batch: 'p' } }, sampleWait('batch-paused', { batch: 'p' })],
    [
      'nor before its time',
      { task: { notBefore: 1001, reason: because('overloaded: 529') } },
      sampleWait('back-off', { reason: because('overloaded: 529'), until: 1001 }),
    ],
  ];
  it.each(answers)('work that has arrived is answered for, %s', (_, given, told) => {
    expect(waiting(facts({ ...given, task: { ...given.task, state: 'delivered' } }))).toEqual(told);
  });

  it.each(taskStates.map((state) => [state, state === 'done'] as const))('a dependency that is %s lets it start: %s', (state, starts) => {
    expect(waiting(facts({ task: { blockedBy: ['t2'] }, states: new Map([['t2', state]]) })) === null).toBe(starts);
  });

  it('is null exactly when nothing stands in the way; `until` is known for a back-off and `on` for a dependency, each exactly', () => {
    const some = fc.record({
      wanted: fc.boolean(),
      named: fc.boolean(),
      held: fc.option(fc.constantFrom('attached' as const, 'clearing' as const), { freq: 2 }),
      line: fc.constantFrom('none' as const, 'open' as const, 'gone' as const, 'ticked' as const),
      batch: fc.constantFrom(null, 'o', 'p', 'c', 'x'),
      blockedBy: fc.uniqueArray(fc.constantFrom('t2', 't3', 't4'), { maxLength: 3 }),
      states: fc.array(
        fc.tuple(fc.constantFrom('t2', 't3', 't4'), fc.oneof(fc.constant<TaskState>('done'), fc.constantFrom(...taskStates))),
        { maxLength: 6 },
      ),
      notBefore: fc.option(fc.integer({ min: 990, max: 1010 }), { nil: null }),
    });
    let ready = 0;
    fc.assert(
      fc.property(some, ({ named, held, states, ...task }) => {
        const given = facts({ task, named, held, states: new Map(states) });
        const obstacles: readonly [why: Wait['code'], there: boolean][] = [
          ['attached', held === 'attached'],
          ['clearing', held === 'clearing'],
          ['not-marked', !task.wanted && !named],
          ['line-gone', task.line === 'gone'],
          ['batch-paused', task.batch === 'p'],
          ['batch-cancelled', task.batch === 'c'],
          ['dependency', task.blockedBy.some((id) => given.states.get(id) !== 'done')],
          ['back-off', task.notBefore !== null && task.notBefore > 1000],
        ];
        const there = obstacles.filter(([, is]) => is).map(([why]) => why);
        const told = waiting(given);
        expect(told?.code).toBe(there[0]);
        expect(told === null ? null : untilOf(told)).toBe(there[0] === 'back-off' ? task.notBefore : null);
        const on = told?.code === 'dependency' ? told.facts.on.map(({ id }) => id) : [];
        expect(on).toEqual(there[0] === 'dependency' ? task.blockedBy.filter((id) => given.states.get(id) !== 'done') : []);
        if (told === null) ready += 1;
      }),
      { numRuns: 500 },
    );
    expect(ready).toBeGreaterThan(10);
  });
});
