// The store: every method of the port, each one call into the room's files, over whichever engine was opened.
import type { Store } from '../ports/store.ts';
import { attemptsOf, claim, close, findAttempt, openAttempts, patchAttempt, requestStop } from './attempts.ts';
import { addRepo, listBatches, listRepos, patchBatch, putBatch } from './batches.ts';
import type { Engine } from './engine.ts';
import { addEvents, listEvents } from './events.ts';
import { hold, listHolds, unhold } from './holds.ts';
import { holders, release, renew, takeOver } from './leases.ts';
import { findTask, listTasks, listTransitions, moveTask, patchTask, putTask, taskByKey } from './tasks.ts';

export function storeOn(engine: Engine): Store {
  const { read } = engine;
  return {
    addRepo: (given) => addRepo(engine, given),
    repos: () => listRepos(read),

    putTask: (given) => putTask(engine, given),
    task: (given) => findTask(read, given),
    taskByKey: (key) => taskByKey(read, key),
    tasks: (filter) => listTasks(read, filter),
    moveTask: (given) => moveTask(engine, given),
    patchTask: (given) => patchTask(engine, given),
    transitions: (key) => listTransitions(read, key),

    hold: (given) => hold(engine, given),
    unhold: (given) => unhold(engine, given),
    holds: () => listHolds(read),

    putBatch: (batch) => putBatch(engine, batch),
    patchBatch: (given) => patchBatch(engine, given),
    batches: () => listBatches(read),

    claim: (given) => claim(engine, given),
    renew: (given) => renew(engine, given),
    takeOver: (given) => takeOver(engine, given),
    release: (given) => release(engine, given),
    holders: () => holders(engine),
    openAttempts: () => openAttempts(read),
    attempt: (id) => findAttempt(read, id),
    attempts: (taskKey) => attemptsOf(read, [taskKey]),
    attemptsOf: (taskKeys) => attemptsOf(read, taskKeys),
    patchAttempt: (given) => patchAttempt(engine, given),
    addEvents: (given) => addEvents(engine, given),
    events: (given) => listEvents(read, given),
    close: (given) => close(engine, given),
    requestStop: (given) => requestStop(engine, given),

    changeMark: () => engine.changeMark(),
    end: () => engine.end(),
  };
}
