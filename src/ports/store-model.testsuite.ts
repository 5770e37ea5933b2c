// The store against a simple model, with three holders and a clock that only the test moves: the boot clock. Each holder's
// wall clock is set to anything between the steps, and the model knows of none: it changes nothing of who holds what.
// In turn: every answer and every stored fact is as the model says. At once: whatever the order was, no task has two
// open attempts, a lost write left nothing behind, and every task's transitions are a legal path to its state.
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Lease } from '../core/task/attempt.ts';
import type { LeaseInstant } from '../core/task/lease.ts';
import { actions, type Action } from '../core/task/action.ts';
import { mayBecome, taskStates, type RestingState, type TaskState } from '../core/task/task.ts';
import { noTokens } from '../core/transcript/transcript.ts';
import type { Verdict } from '../core/task/verdict.ts';
import { addTask, closing, reach, route, verdict, type Opened, type OpenStores } from './store.samples.ts';
import type { Store } from './store.ts';
import type { Acted } from './task-moves.ts';
import { because } from '../core/core.samples.ts';

const holders = ['one', 'two', 'three'] as const;
const taskCount = 4;
const cap = 3;
const leaseFor = 10;

type Plain<K extends string, Rest> = K extends string ? { readonly do: K; readonly who: number } & Rest : never;

/** `lease` picks among all leases ever given out, old ones too. */
type Step =
  | { readonly do: 'claim'; readonly who: number; readonly task: number }
  | Plain<'renew' | 'takeOver' | 'release', unknown>
  | Plain<'patch' | 'stop', { readonly lease: number }>
  | { readonly do: 'events'; readonly who: number; readonly lease: number; readonly count: number }
  | { readonly do: 'close'; readonly who: number; readonly lease: number; readonly to: TaskState }
  | { readonly do: 'move'; readonly who: number; readonly task: number; readonly from: readonly RestingState[]; readonly to: RestingState }
  | { readonly do: 'act'; readonly who: number; readonly task: number; readonly action: Action }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'reboot' }
  | { readonly do: 'set'; readonly who: number; readonly wall: number };

const who = fc.nat({ max: holders.length - 1 });
const task = fc.nat({ max: taskCount - 1 });
const lease = fc.nat({ max: 30 });
const is = <T extends string>(word: T) => fc.constant(word);

const resting = taskStates.filter((state) => state !== 'running');

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: is('claim'), who, task }) },
  { weight: 2, arbitrary: fc.oneof(fc.record({ do: is('renew'), who }), fc.record({ do: is('takeOver'), who })) },
  { weight: 1, arbitrary: fc.record({ do: is('release'), who }) },
  { weight: 2, arbitrary: fc.oneof(fc.record({ do: is('patch'), who, lease }), fc.record({ do: is('stop'), who, lease })) },
  { weight: 4, arbitrary: fc.record({ do: is('events'), who, lease, count: fc.nat({ max: 3 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: is('close'),
      who,
      lease,
      to: fc.constantFrom<TaskState>('delivered', 'queued', 'queued', 'failed', 'blocked'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ do: is('move'), who, task, to: fc.constantFrom(...resting) },
      from: fc.subarray(resting, { minLength: 4 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: is('act'), who, task, action: fc.constantFrom(...actions) }) },
  { weight: 3, arbitrary: fc.record({ do: is('wait'), ms: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 1, arbitrary: fc.record({ do: is('reboot') }) },
  { weight: 2, arbitrary: fc.record({ do: is('set'), who, wall: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.nat({ max: 2e12 })) }) },
);

export function storeModel(given: { readonly name: string; readonly open: OpenStores; readonly runs: number }): void {
  const { open, runs } = given;
  const fresh = async (check: (opened: Opened) => Promise<void>): Promise<void> => {
    const opened = await open();
    try {
      await check(opened);
    } finally {
      await opened.dispose();
    }
  };
  describe(`store model: ${given.name}`, { timeout: 60_000 }, () => {
    test('in turn, three holders see what the model says', async () => {
      const steps = fc.array(step, { minLength: 10, maxLength: 60, size: 'max' });
      await fc.assert(
        fc.asyncProperty(steps, (all) => fresh((opened) => inTurn(opened, all))),
        { numRuns: runs },
      );
    });
    test('at once, the invariants hold', async () => {
      const steps = fc.array(step, { minLength: 5, maxLength: 25, size: 'max' });
      await fc.assert(
        fc.asyncProperty(fc.tuple(steps, steps, steps), (lanes) => fresh((opened) => atOnce(opened, lanes))),
        { numRuns: runs },
      );
    });
  });
}

interface ModelAttempt {
  readonly id: string;
  readonly task: number;
  holder: string | null;
  fence: number;
  until: number;
  boot: number;
  open: boolean;
  events: number;
  cost: number;
  session: string;
  stop: string | null;
  verdict: Verdict | null;
}

const cancelledBy = 'cancelled by a person';

class Model {
  now = 100;
  boot = 1;
  /** Each holder's wall clock at `now` 0. */
  readonly walls = [0, 0, 0];
  /** Makes every write recognisable. */
  serial = 0;
  readonly states: TaskState[] = Array.from({ length: taskCount }, () => 'queued');
  readonly paths: TaskState[][] = Array.from({ length: taskCount }, () => []);
  readonly attempts: ModelAttempt[] = [];
  readonly leases: Lease[] = [];

  instant(holder: number): LeaseInstant {
    return { boot: `boot ${this.boot}`, ms: this.now, wall: this.walls[holder]! + this.now };
  }

  /** A lease that is given now. */
  lent(): Pick<ModelAttempt, 'until' | 'boot'> {
    return { until: this.now + leaseFor, boot: this.boot };
  }

  move(index: number, to: TaskState): boolean {
    if (!mayBecome(this.states[index]!, to)) return false;
    this.states[index] = to;
    this.paths[index]!.push(to);
    return true;
  }

  /** What a person asks for, and what the store must answer. */
  act(index: number, action: Action): Partial<Acted> {
    const open = this.openOf(index);
    const state = this.states[index]!;
    const over = state === 'delivered' || state === 'done';
    if (open !== undefined && action === 'cancel') {
      open.stop = cancelledBy;
      return { acted: 'stopping', attempt: open.id };
    }
    if (open !== undefined || (over && action !== 'reset') || (state === 'cancelled' && action === 'cancel')) return { acted: 'refused' };
    const to = action === 'cancel' ? 'cancelled' : 'queued';
    if (state !== to) this.move(index, to);
    return { acted: 'moved' };
  }

  openOf(index: number): ModelAttempt | undefined {
    return this.open().find((attempt) => attempt.task === index);
  }

  open(): ModelAttempt[] {
    return this.attempts.filter((attempt) => attempt.open);
  }

  /** The attempt that this lease may write to, if any. */
  held(by: Lease): ModelAttempt | undefined {
    return this.attempts.find((one) => one.open && one.id === by.attempt && one.holder === by.holder && one.fence === by.fence);
  }
}

async function inTurn(opened: Opened, steps: readonly Step[]): Promise<void> {
  const keys = await addTasks(opened.stores[0]);
  const model = new Model();
  for (const one of steps) await turn({ opened, keys, model, step: one });
  // Another connection than the last writer's sees the same.
  for (const store of opened.stores) await compare({ store, keys, model });
}

interface Turn {
  readonly opened: Opened;
  readonly keys: readonly number[];
  readonly model: Model;
  readonly step: Step;
}

async function turn(given: Turn): Promise<void> {
  const { opened, keys, model, step: one } = given;
  if (one.do === 'wait') {
    model.now += one.ms;
    return;
  }
  if (one.do === 'reboot') {
    Object.assign(model, { boot: model.boot + 1, now: 100 });
    return;
  }
  if (one.do === 'set') {
    model.walls[one.who] = one.wall;
    return;
  }
  const store = opened.stores[one.who]!;
  const holder = holders[one.who]!;
  const at = model.now;
  const now = model.instant(one.who);
  if (one.do === 'claim') return claimTurn(given, { store, holder, task: one.task });
  if (one.do === 'move') {
    const answer = await store.moveTask({ key: keys[one.task]!, from: one.from, to: one.to, reason: because('moved'), at });
    const may = one.from.some((state) => state === model.states[one.task]);
    expect(answer).toBe(may && model.move(one.task, one.to) ? 'ok' : 'illegal');
    return;
  }
  if (one.do === 'act') {
    expect(await store.act({ key: keys[one.task]!, action: one.action, at })).toMatchObject(model.act(one.task, one.action));
    return;
  }
  if (one.do === 'renew') {
    const mine = model.open().filter((attempt) => attempt.holder === holder);
    for (const attempt of mine) Object.assign(attempt, model.lent());
    expect([...(await store.renew({ holder, leaseFor, at: now }))].sort()).toEqual(mine.map(({ id }) => id).sort());
    return;
  }
  if (one.do === 'release') {
    for (const attempt of model.open().filter((own) => own.holder === holder)) attempt.holder = null;
    return store.release({ holder });
  }
  if (one.do === 'takeOver') {
    const due = model.open().filter((attempt) => attempt.holder === null || attempt.boot !== model.boot || attempt.until <= at);
    for (const attempt of due) Object.assign(attempt, { holder, fence: attempt.fence + 1, ...model.lent() });
    const taken = await store.takeOver({ holder, leaseFor, at: now, reach });
    expect(taken.map(({ lease: got }) => got).sort(byAttempt)).toEqual(
      due.map(({ id, fence }) => ({ attempt: id, holder, fence })).sort(byAttempt),
    );
    model.leases.push(...taken.map(({ lease: got }) => got));
    return;
  }
  const picked = model.leases[one.lease % Math.max(model.leases.length, 1)];
  if (picked !== undefined) await writeTurn(given, { store, picked, at });
}

const byAttempt = (a: Lease, b: Lease): number => (a.attempt < b.attempt ? -1 : 1);

async function claimTurn({ keys, model }: Turn, given: { store: Store; holder: (typeof holders)[number]; task: number }): Promise<void> {
  const { store, holder } = given;
  const id = randomUUID();
  const openBefore = model.open();
  const claim = await store.claim({
    id,
    taskKey: keys[given.task]!,
    route,
    session: 's',
    holder,
    leaseFor,
    leaseFrom: model.instant(holders.indexOf(holder)),
    at: model.now,
    reason: because('claimed'),
    admit: (open) => open.length < cap,
  });
  const why =
    model.states[given.task] !== 'queued'
      ? 'not-queued'
      : openBefore.some((one) => one.task === given.task)
        ? 'open-attempt'
        : openBefore.length >= cap
          ? 'caps'
          : null;
  if (!claim.claimed) {
    expect(claim.why).toBe(why);
    return;
  }
  expect(why).toBeNull();
  model.move(given.task, 'running');
  model.attempts.push({
    id,
    task: given.task,
    holder,
    fence: claim.lease.fence,
    ...model.lent(),
    open: true,
    events: 0,
    cost: 0,
    session: 's',
    stop: null,
    verdict: null,
  });
  model.leases.push(claim.lease);
}

async function writeTurn({ model, step: one }: Turn, given: { store: Store; picked: Lease; at: number }): Promise<void> {
  const { store, picked, at } = given;
  const held = model.held(picked);
  const expected = held === undefined ? 'lost' : 'ok';
  const serial = (model.serial += 1);
  if (one.do === 'stop') {
    const target = model.open().find((attempt) => attempt.id === picked.attempt);
    expect(await store.requestStop({ attempt: picked.attempt, stop: { reason: 'stopped', message: `${serial}`, until: null } })).toBe(
      target !== undefined,
    );
    if (target !== undefined) target.stop ??= `${serial}`;
  } else if (one.do === 'patch') {
    expect(await store.patchAttempt({ lease: picked, patch: { session: `${serial}` } })).toBe(expected);
    if (held !== undefined) held.session = `${serial}`;
  } else if (one.do === 'events') {
    expect(await store.addEvents(eventsOf({ lease: picked, serial, count: one.count, at }))).toBe(expected);
    if (held !== undefined) Object.assign(held, { events: held.events + one.count, cost: serial });
  } else if (one.do === 'close') {
    const answer = await closeWith(store, { lease: picked, serial, to: one.to, at });
    if (held?.stop === cancelledBy && one.to !== 'delivered')
      return expect(answer).toMatchObject({ overruledBy: { message: cancelledBy } });
    expect(answer).toBe(expected);
    if (held === undefined) return;
    Object.assign(held, { open: false, cost: serial, verdict: endOf(one.to) });
    model.move(held.task, one.to);
  }
}

function eventsOf(given: { lease: Lease; serial: number; count: number; at: number }) {
  const { serial, count, at } = given;
  const events = Array.from({ length: count }, () => ({ type: 'said', text: `${serial}` }) as const);
  return { lease: given.lease, events, outOffset: serial, cost: serial, tokens: noTokens, steps: 0, at };
}

/** Work arrives, or it is something else that a cancellation overrules. */
function endOf(to: TaskState): Verdict {
  return to === 'delivered' ? verdict : { ...verdict, kind: 'crashed' };
}

function closeWith(store: Store, given: { lease: Lease; serial: number; to: TaskState; at: number }) {
  return store.close({
    lease: given.lease,
    closing: closing({ cost: given.serial, at: given.at, verdict: endOf(given.to) }),
    task: { to: given.to, reason: because('closed'), patch: {} },
  });
}

async function compare(given: { store: Store; keys: readonly number[]; model: Model }): Promise<void> {
  const { store, keys, model } = given;
  for (const [index, key] of keys.entries()) {
    expect((await store.taskByKey(key))?.state).toBe(model.states[index]);
    expect((await store.transitions(key)).map(({ to }) => to)).toEqual(model.paths[index]);
  }
  expect((await store.openAttempts()).map(({ id }) => id).sort()).toEqual(
    model
      .open()
      .map(({ id }) => id)
      .sort(),
  );
  for (const known of model.attempts) {
    const stored = await store.attempt(known.id);
    expect(stored).toMatchObject({
      taskKey: keys[known.task],
      cost: known.cost,
      session: known.session,
      verdict: known.verdict,
    });
    expect(stored?.stop?.message ?? null).toBe(known.stop);
    expect(await store.events({ attempt: known.id })).toHaveLength(known.events);
  }
  await sound({ store, keys });
}

/** What must be true of any database at any time. */
async function sound(given: { store: Store; keys: readonly number[] }): Promise<void> {
  const { store, keys } = given;
  for (const key of keys) {
    let state: TaskState = 'queued';
    for (const { from, to } of await store.transitions(key)) {
      expect(from).toBe(state);
      expect(mayBecome(from, to)).toBe(true);
      state = to;
    }
    expect((await store.taskByKey(key))?.state).toBe(state);
    const attempts = await store.attempts(key);
    const open = attempts.filter((one) => one.state !== 'closed').length;
    expect(open).toBeLessThanOrEqual(1);
    expect(open === 1).toBe(state === 'running');
    expect(attempts.map(({ number }) => number)).toEqual(attempts.map((_, index) => index + 1));
  }
}

async function atOnce(opened: Opened, lanes: readonly (readonly Step[])[]): Promise<void> {
  const keys = await addTasks(opened.stores[0]);
  const leases: Lease[] = [];
  /** Per attempt: the serial numbers of the writes that were answered ok, and of those that were lost. */
  const written = new Map<number, string>();
  const lost = new Set<number>();
  let serial = 0;
  const clock = new Model();
  const note = (number: number, attempt: string, answer: Awaited<ReturnType<Store['close']>>): unknown =>
    answer === 'ok' ? written.set(number, attempt) : lost.add(number);
  const act = async (one: Step, lane: number): Promise<void> => {
    const store = opened.stores[lane]!;
    const holder = holders[lane]!;
    const at = clock.now;
    const now = clock.instant(lane);
    const number = (serial += 1);
    const picked = 'lease' in one ? leases[one.lease % Math.max(leases.length, 1)] : undefined;
    if (one.do === 'wait') clock.now += one.ms;
    else if (one.do === 'reboot') Object.assign(clock, { boot: clock.boot + 1, now: 100 });
    else if (one.do === 'set') clock.walls[lane] = one.wall;
    else if (one.do === 'claim') {
      const claim = await store.claim({
        id: randomUUID(),
        taskKey: keys[one.task]!,
        route,
        session: 's',
        holder,
        leaseFor,
        leaseFrom: now,
        at,
        reason: because('claimed'),
        admit: (open) => open.length < cap,
      });
      if (claim.claimed) leases.push(claim.lease);
    } else if (one.do === 'takeOver')
      leases.push(...(await store.takeOver({ holder, leaseFor, at: now, reach })).map(({ lease: got }) => got));
    else if (one.do === 'renew') await store.renew({ holder, leaseFor, at: now });
    else if (one.do === 'release') await store.release({ holder });
    else if (one.do === 'move') await store.moveTask({ key: keys[one.task]!, from: one.from, to: one.to, reason: because('moved'), at });
    else if (one.do === 'act') await store.act({ key: keys[one.task]!, action: one.action, at });
    else if (picked === undefined) return;
    else if (one.do === 'stop') await store.requestStop({ attempt: picked.attempt, stop: { reason: 'stopped', message: '', until: null } });
    else if (one.do === 'patch') await store.patchAttempt({ lease: picked, patch: { state: 'running' } });
    else if (one.do === 'events')
      note(number, picked.attempt, await store.addEvents(eventsOf({ lease: picked, serial: number, count: one.count + 1, at })));
    else note(number, picked.attempt, await closeWith(store, { lease: picked, serial: number, to: one.to, at }));
    expect((await store.openAttempts()).length).toBeLessThanOrEqual(cap);
  };
  await Promise.all(
    lanes.map(async (steps, lane) => {
      for (const one of steps) await act(one, lane);
    }),
  );
  const [store] = opened.stores;
  await sound({ store, keys });
  for (const attempt of await store.attemptsOf(keys)) {
    const events = await store.events({ attempt: attempt.id });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const serials = events.flatMap(({ event }) => (event.type === 'said' ? [Number(event.text)] : []));
    for (const number of [...serials, ...(attempt.cost === 0 ? [] : [attempt.cost])]) {
      expect(lost.has(number)).toBe(false);
      expect(written.get(number)).toBe(attempt.id);
    }
  }
}

async function addTasks(store: Store): Promise<readonly number[]> {
  const keys: number[] = [];
  for (let index = 0; index < taskCount; index += 1) keys.push((await addTask(store, `t${index}`)).key);
  return keys;
}
