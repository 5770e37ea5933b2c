// One step after another: every answer of the store and every stored fact must agree with the model.
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Lease } from '../core/task/attempt.ts';
import { reach, route, type Opened } from './store.samples.ts';
import type { Store } from './store.ts';
import { because } from '../core/core.samples.ts';
import { addTasks, cancelledBy, cap, closeWith, endOf, eventsOf, holders, leaseFor, Model, type Step } from './store-model.samples.ts';
import { sound } from './store-at-once.testsuite.ts';
import { saidText } from '../core/reason/said-words.ts';
import { inWords } from '../core/reason/said.ts';

export async function inTurn(opened: Opened, steps: readonly Step[]): Promise<void> {
  const keys = await addTasks(opened.stores[0]);
  const model = new Model();
  for (const one of steps) await turn({ opened, keys, model, step: one });
  // A connection other than the last writer's sees the same.
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
    expect(await store.requestStop({ attempt: picked.attempt, stop: { reason: 'stopped', said: inWords(`${serial}`), until: null } })).toBe(
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
      return expect(answer).toMatchObject({ overruledBy: { reason: 'cancelled', said: { code: 'cancelled' } } });
    expect(answer).toBe(expected);
    if (held === undefined) return;
    Object.assign(held, { open: false, cost: serial, verdict: endOf(one.to) });
    model.move(held.task, one.to);
  }
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
    expect(stored?.stop ? saidText(stored.stop.said) : null).toBe(known.stop);
    expect(await store.events({ attempt: known.id })).toHaveLength(known.events);
  }
  await sound({ store, keys });
}
