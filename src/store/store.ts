// The store: every method of the port is one call into this folder's files, over whichever engine was opened.
import type { Store } from '../ports/store.ts';
import {
  attemptsByIds,
  attemptsOf,
  claim,
  close,
  findAttempt,
  lastAttempts,
  openAttempts,
  patchAttempt,
  peaks,
  requestStop,
} from './attempts.ts';
import { addRepo, listBatches, listRepos, patchBatch, putBatch } from './batches.ts';
import { changeCondition, listConditions } from './conditions.ts';
import type { Engine, Reader } from './engine.ts';
import { addEvents, listEvents } from './events.ts';
import { addToFeed, readFeed, trimFeed } from './feed.ts';
import { hold, listHolds, unhold } from './holds.ts';
import { rememberedIssues, rememberIssue } from './issue-memory.ts';
import { addToLedger, ledgerSums, listLedger, spending } from './ledger.ts';
import { beyondReach, holders, release, renew, takeOver } from './leases.ts';
import { fireSchedule, listSchedules, putSchedule, removeSchedule } from './schedules.ts';
import { askSupervisor, dismiss, enlist, listSupervisors, notice, notices } from './supervisors.ts';
import { act, changePull, moveTask } from './task-moves.ts';
import { addTask, findTask, listTasks, listTransitions, patchTask, putTask, taskByKey, tasksByKeys } from './tasks.ts';

export function storeOn(engine: Engine): Store {
  const { read } = engine;
  return {
    addRepo: (given) => addRepo(engine, given),
    repos: () => listRepos(read),

    putTask: (given) => putTask(engine, given),
    addTask: (given) => addTask(engine, given),
    task: (given) => findTask(read, given),
    taskByKey: (key) => taskByKey(read, key),
    tasks: (filter) => listTasks(read, filter),
    act: (given) => act(engine, given),
    moveTask: (given) => moveTask(engine, given),
    changePull: (given) => changePull(engine, given),
    patchTask: (given) => patchTask(engine, given),
    tasksByKeys: (keys) => tasksByKeys(read, keys),
    transitions: (key) => listTransitions(read, key),

    hold: (given) => hold(engine, given),
    unhold: (given) => unhold(engine, given),
    holds: () => listHolds(read),

    putBatch: (batch) => putBatch(engine, batch),
    patchBatch: (given) => patchBatch(engine, given),
    batches: () => listBatches(read),

    claim: (given) => claim(engine, given),
    ...leasesOn({ engine, read }),
    openAttempts: () => openAttempts(read),
    attempt: (id) => findAttempt(read, id),
    attempts: (taskKey) => attemptsOf(read, [taskKey]),
    attemptsOf: (taskKeys) => attemptsOf(read, taskKeys),
    lastAttempts: (taskKeys) => lastAttempts(read, taskKeys),
    attemptsByIds: (ids) => attemptsByIds(read, ids),
    peaks: (given) => peaks(read, given),
    patchAttempt: (given) => patchAttempt(engine, given),
    addEvents: (given) => addEvents(engine, given),
    events: (given) => listEvents(read, given),
    close: (given) => close(engine, given),
    requestStop: (given) => requestStop(engine, given),

    enlist: (given) => enlist(engine, given),
    dismiss: (given) => dismiss(engine, given),
    askSupervisor: (given) => askSupervisor(engine, given),
    supervisors: () => listSupervisors(read),
    notice: (given) => notice(engine, given),

    conditions: (kind) => listConditions(read, kind),
    changeCondition: (given) => changeCondition(engine, given),
    rememberedIssues: (of) => rememberedIssues(read, of),
    rememberIssue: (given) => rememberIssue(engine, given),
    ...moneyOn({ engine, read }),

    ...schedulesOn({ engine, read }),
    ...feedOn({ engine, read }),

    changeMark: () => engine.changeMark(),
    end: () => engine.end(),
  };
}

interface On {
  readonly engine: Engine;
  readonly read: Reader;
}

function moneyOn({ engine, read }: On): Pick<Store, 'book' | 'ledgerSums' | 'ledger' | 'spending' | 'notices'> {
  return {
    book: (trial) => engine.write((tx) => addToLedger(tx, { ...trial, taskKey: null })),
    ledgerSums: (given) => ledgerSums(read, given),
    ledger: (period) => listLedger(read, period),
    spending: (given) => spending(read, given),
    notices: (given) => notices(read, given),
  };
}

function leasesOn({ engine, read }: On): Pick<Store, 'renew' | 'takeOver' | 'beyondReach' | 'release' | 'holders'> {
  return {
    renew: (given) => renew(engine, given),
    takeOver: (given) => takeOver(engine, given),
    beyondReach: (given) => beyondReach(read, given),
    release: (given) => release(engine, given),
    holders: () => holders(read),
  };
}

function feedOn({ engine, read }: On): Pick<Store, 'addToFeed' | 'feed' | 'trimFeed'> {
  return {
    addToFeed: (events) => addToFeed(engine, events),
    feed: (given) => readFeed(read, given),
    trimFeed: (given) => trimFeed(engine, given),
  };
}

function schedulesOn({ engine, read }: On): Pick<Store, 'putSchedule' | 'schedules' | 'removeSchedule' | 'fireSchedule'> {
  return {
    putSchedule: (given) => putSchedule(engine, given),
    schedules: () => listSchedules(read),
    removeSchedule: (id) => removeSchedule(engine, id),
    fireSchedule: (given) => fireSchedule(engine, given),
  };
}
