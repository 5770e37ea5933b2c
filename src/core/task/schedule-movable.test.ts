import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleTask, sampleWait } from '../core.samples.ts';
import { waitCodes, type Wait } from '../reason/standing-reason.ts';
import { movable, waiting } from './schedule.ts';
import { taskStates, type TaskState } from './task.ts';

describe('movable', () => {
  interface Queued {
    readonly name: string;
    readonly wait: Wait | null;
    readonly blockedBy?: readonly string[];
  }
  const ready = (name: string): Queued => ({ name, wait: null });
  const after = (name: string, ...blockedBy: string[]): Queued => ({
    name,
    wait: sampleWait('dependency', { on: blockedBy.map((id) => ({ id, state: null })) }),
    blockedBy,
  });
  const waits = (name: string, why: Wait['code']): Queued => ({ name, wait: sampleWait(why) });

  /**
   * Tasks are written `<repository>/<id>`, with `/r` as the default repository. The result is the names of the tasks that
   * move.
   */
  const split = (name: string): { repo: string; id: string } => {
    const at = name.lastIndexOf('/');
    return at === -1 ? { repo: '/r', id: name } : { repo: `/${name.slice(0, at)}`, id: name.slice(at + 1) };
  };
  const moving = (queued: readonly Queued[], others: Readonly<Record<string, TaskState>> = {}): string[] => {
    const states = new Map<string, Map<string, TaskState>>();
    for (const [name, state] of [...queued.map((one) => [one.name, 'queued'] as const), ...Object.entries(others)]) {
      const { repo, id } = split(name);
      states.set(repo, (states.get(repo) ?? new Map<string, TaskState>()).set(id, state));
    }
    const given = queued.map(({ name, wait, blockedBy }, index) => ({
      wait,
      task: sampleTask({ ...split(name), key: index + 100, blockedBy: blockedBy ?? [] }),
    }));
    const keys = movable({ waits: given, states: (repo) => states.get(repo) ?? new Map() });
    expect([...keys].filter((key) => queued[key - 100] === undefined)).toEqual([]);
    return queued.filter((_, index) => keys.has(index + 100)).map((one) => one.name);
  };

  // Whether a person must act. A new reason must be added here.
  const table: Readonly<Record<Wait['code'], boolean | 'depends'>> = {
    'not-marked': false,
    'line-gone': false,
    'line-unread': false,
    'batch-paused': false,
    'batch-cancelled': false,
    'back-off': true,
    'set-aside': true,
    dependency: 'depends',
    'several-branches': false,
    attached: false,
    clearing: true,
    following: true,
  };
  it.each(waitCodes.filter((why) => table[why] !== 'depends'))('judges the reason: %s', (why) => {
    expect(moving([waits('t1', why), after('t2', 't1')])).toEqual(table[why] === true ? ['t1', 't2'] : []);
  });

  it('judges every reason', () => {
    expect(Object.keys(table).toSorted()).toEqual([...waitCodes].toSorted());
  });

  const moves: Readonly<Record<TaskState, boolean>> = {
    queued: false,
    running: true,
    delivered: false,
    done: true,
    blocked: false,
    failed: false,
    cancelled: false,
  };
  it.each(taskStates)('a blocker that somebody else looks after is %s', (state) => {
    expect(moving([after('t1', 't9')], { t9: state })).toEqual(moves[state] ? ['t1'] : []);
  });

  const cases: readonly [name: string, queued: Queued[], others: Readonly<Record<string, TaskState>>, told: string[]][] = [
    ['nothing is queued', [], {}, []],
    ['one is ready', [ready('t1')], {}, ['t1']],
    ['a blocker that nobody knows', [after('t1', 't9')], {}, []],
    ['a chain from a ready one, in order', [ready('t1'), after('t2', 't1'), after('t3', 't2')], {}, ['t1', 't2', 't3']],
    ['a chain from a ready one, against the order', [after('t3', 't2'), after('t2', 't1'), ready('t1')], {}, ['t3', 't2', 't1']],
    ['a chain from one that waits for a person', [after('t3', 't2'), after('t2', 't1'), waits('t1', 'not-marked')], {}, []],
    ['a chain from one that somebody works on', [after('t3', 't2'), after('t2', 't1')], { t1: 'running' }, ['t3', 't2']],
    [
      'all blockers must move',
      [ready('t1'), waits('t2', 'batch-paused'), after('t3', 't1', 't2'), after('t4', 't1', 't9')],
      { t9: 'done' },
      ['t1', 't4'],
    ],
    ['one failed among several', [after('t3', 't1', 't2')], { t1: 'done', t2: 'failed' }, []],
    ['one on itself', [after('t1', 't1')], {}, []],
    ['two on each other', [after('t1', 't2'), after('t2', 't1')], {}, []],
    ['three in a ring, and one behind it', [after('t1', 't2'), after('t2', 't3'), after('t3', 't1'), after('t4', 't1')], {}, []],
    ['a ring that also waits for a ready one', [ready('t1'), after('t2', 't1', 't3'), after('t3', 't2')], {}, ['t1']],
    ['a ready one beside a ring', [after('t1', 't2'), after('t2', 't1'), ready('t3')], {}, ['t3']],
    ['the same id, ready in another repository', [ready('a/t1'), after('b/t2', 't1')], {}, ['a/t1']],
    ['the same id, running in another repository', [after('b/t2', 't1')], { 'a/t1': 'running', 'b/t1': 'failed' }, []],
    [
      'the same id in two repositories, one of them ready',
      [waits('a/t1', 'line-gone'), ready('b/t1'), after('a/t2', 't1'), after('b/t2', 't1')],
      {},
      ['b/t1', 'b/t2'],
    ],
    [
      'a ring in one repository, a chain in the other',
      [after('a/t1', 't2'), after('a/t2', 't1'), after('b/t1', 't2'), ready('b/t2')],
      {},
      ['b/t1', 'b/t2'],
    ],
  ];
  it.each(cases)('%s', (_, queued, others, told) => {
    expect(moving(queued, others)).toEqual(told);
  });
});

// Two repositories with the same ids, whose tasks wait for what the real rule says. t5 and t6 are not queued.
interface Some {
  readonly repo: string;
  readonly id: string;
  readonly wanted: boolean;
  readonly notBefore: number | null;
  readonly blockedBy: readonly string[];
}
type Others = ReadonlyMap<string, TaskState>;
const ids = ['t1', 't2', 't3', 't4'];
const some: fc.Arbitrary<Some> = fc.record({
  repo: fc.constantFrom('/a', '/b'),
  id: fc.constantFrom(...ids),
  wanted: fc.nat(7).map((one) => one > 0),
  notBefore: fc.constantFrom(null, null, 2000),
  blockedBy: fc.uniqueArray(fc.constantFrom(...ids, ...ids, 't5', 't6'), { maxLength: 2 }),
});
const anyTasks = fc.uniqueArray(some, { selector: (one) => `${one.repo} ${one.id}`, maxLength: 8 });
const other = fc.tuple(fc.constantFrom('/a t5', '/a t6', '/b t5', '/b t6'), fc.constantFrom(...taskStates));
const anyOthers = fc.array(other, { maxLength: 4 }).map((all): Others => new Map(all));
const nameOf = (one: { repo: string; id: string }): string => `${one.repo} ${one.id}`;

type Facts = Parameters<typeof movable>[0];
const factsOf = (tasks: readonly Some[], others: Others): Facts => {
  const known = new Map<string, TaskState>([...others, ...tasks.map((one) => [nameOf(one), 'queued'] as const)]);
  const states = (repo: string): ReadonlyMap<string, TaskState> =>
    new Map([...known].filter(([name]) => name.startsWith(`${repo} `)).map(([name, state]) => [name.slice(repo.length + 1), state]));
  const given = tasks.map((one, index) => sampleTask({ ...one, key: index + 1 }));
  return {
    states,
    waits: given.map((task) => ({
      task,
      wait: waiting({
        task,
        states: states(task.repo),
        deliveries: null,
        batches: new Map(),
        now: 1000,
        named: false,
        held: null,
        aside: null,
      }),
    })),
  };
};
const namesOf = ({ waits: all, states }: Facts): string[] => {
  const keys = movable({ waits: all, states });
  return all
    .filter(({ task }) => keys.has(task.key))
    .map(({ task }) => nameOf(task))
    .toSorted();
};

const onOf = (wait: Wait | null): readonly string[] => (wait?.code === 'dependency' ? wait.facts.on.map(({ id }) => id) : []);

/** Starts from nothing and repeats as many rounds as there are tasks, each computed from the whole previous round. */
const naive = ({ waits: all, states }: Facts): string[] => {
  const willEnd = (repo: string, id: string, so: readonly string[]): boolean =>
    ['running', 'done'].includes(states(repo).get(id) ?? '') || so.includes(`${repo} ${id}`);
  const round = (so: readonly string[]): string[] =>
    all
      .filter(({ wait }) => wait === null || wait.code === 'back-off' || wait.code === 'dependency')
      .filter(({ task, wait }) => onOf(wait).every((id) => willEnd(task.repo, id, so)))
      .map(({ task }) => nameOf(task));
  return [...all.keys(), -1].reduce<string[]>(round, []).toSorted();
};

/** All queued tasks that a task waits for, directly or indirectly. */
const behind = ({ waits: all }: Facts, from: string): ReadonlySet<string> => {
  const seen = new Set<string>();
  const on = (name: string): string[] =>
    all.filter(({ task }) => nameOf(task) === name).flatMap(({ task, wait }) => onOf(wait).map((id) => nameOf({ repo: task.repo, id })));
  const open = on(from);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...on(name));
  }
  return seen;
};

describe('movable, of any tasks', () => {
  it('is the smallest set that its rule allows, in whatever order the tasks come', () => {
    let byWaiting = 0;
    fc.assert(
      fc.property(anyTasks, anyOthers, (tasks, others) => {
        const all = factsOf(tasks, others);
        const told = namesOf(all);
        expect(told).toEqual(naive(all));
        expect(namesOf({ ...all, waits: all.waits.toReversed() })).toEqual(told);
        byWaiting += all.waits.filter(({ task, wait }) => wait?.code === 'dependency' && told.includes(nameOf(task))).length;
      }),
      { numRuns: 500 },
    );
    expect(byWaiting).toBeGreaterThan(50);
  });

  it('contains whatever is ready or backs off, nothing that waits for a person, and nothing in or behind a ring', () => {
    let rings = 0;
    fc.assert(
      fc.property(anyTasks, anyOthers, (tasks, others) => {
        const all = factsOf(tasks, others);
        const told = namesOf(all);
        for (const { task, wait } of all.waits) {
          const name = nameOf(task);
          if (wait === null || wait.code === 'back-off') expect(told).toContain(name);
          else if (wait.code !== 'dependency') expect(told).not.toContain(name);
          const reached = behind(all, name);
          if (![name, ...reached].some((one) => behind(all, one).has(one))) continue;
          expect(told).not.toContain(name);
          rings += 1;
        }
      }),
      { numRuns: 500 },
    );
    expect(rings).toBeGreaterThan(50);
  });

  it('only grows with what helps: a mark, one blocker less, a blocker that ends, one more task', () => {
    const help = fc.record({ mark: fc.boolean(), drop: fc.nat(3), leave: fc.nat(7) });
    let grown = 0;
    fc.assert(
      fc.property(
        anyTasks,
        anyOthers,
        fc.array(help, { minLength: 8, maxLength: 8 }),
        fc.subarray(['/a t5', '/b t6']),
        (tasks, others, helps, ended) => {
          const fewer = tasks.filter((_, index) => helps[index]!.leave > 0);
          const helped = tasks.map((one, index) => ({
            ...one,
            wanted: one.wanted || helps[index]!.mark,
            blockedBy: one.blockedBy.filter((_id, at) => at !== helps[index]!.drop),
          }));
          const less = namesOf(factsOf(fewer, others));
          const more = namesOf(factsOf(helped, new Map([...others, ...ended.map((name) => [name, 'done'] as const)])));
          expect(less.filter((name) => !more.includes(name))).toEqual([]);
          if (more.length > less.length) grown += 1;
        },
      ),
      { numRuns: 500 },
    );
    expect(grown).toBeGreaterThan(50);
  });

  it('of two repositories is what it is of each alone', () => {
    fc.assert(
      fc.property(anyTasks, anyOthers, (tasks, others) => {
        const alone = ['/a', '/b'].flatMap((repo) => {
          const own = new Map([...others].filter(([name]) => name.startsWith(repo)));
          return namesOf(
            factsOf(
              tasks.filter((one) => one.repo === repo),
              own,
            ),
          );
        });
        expect(namesOf(factsOf(tasks, others))).toEqual(alone.toSorted());
      }),
      { numRuns: 300 },
    );
  });
});
