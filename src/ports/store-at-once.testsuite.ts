// Three holders write at once. Whatever the order was, no task has two open attempts, a lost write left nothing behind, and
// every task’s transitions are a legal path to its state.
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Lease } from '../core/task/attempt.ts';
import { mayBecome, type TaskState } from '../core/task/task.ts';
import { reach, route, type Opened } from './store.samples.ts';
import type { Store } from './store.ts';
import { because } from '../core/core.samples.ts';
import { addTasks, cap, closeWith, eventsOf, holders, leaseFor, Model, type Step } from './store-model.samples.ts';
import { inWords } from '../core/reason/said.ts';

/** Checks what must be true of any database at any time. */
export async function sound(given: { store: Store; keys: readonly number[] }): Promise<void> {
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

export async function atOnce(opened: Opened, lanes: readonly (readonly Step[])[]): Promise<void> {
  const keys = await addTasks(opened.stores[0]);
  const leases: Lease[] = [];
  /** Per attempt: the serial numbers of the writes that returned ok, and of those that were lost. */
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
    else if (one.do === 'stop')
      await store.requestStop({ attempt: picked.attempt, stop: { reason: 'stopped', said: inWords(''), until: null } });
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
