// One table of what people may do with a task in each of its states. The store reads it inside the transaction that carries
// the decision out, so nothing can have changed in between. A task with an open attempt counts as running, whatever its
// state says, and only the end of that attempt changes it: its worker may be alive, and its work belongs to the task.
import { isComplete, openedPull } from '../delivery/delivery.ts';
import { triedAgain } from '../delivery/pull-changes.ts';
import type { PullPlan, PullRecord } from '../delivery/pull-record.ts';
import type { Attempt } from './attempt.ts';
import type { Stop } from './stop.ts';
import type { Said } from '../reason/said.ts';
import type { TaskReason } from '../reason/task-reason.ts';
import { textOf } from '../reason/words.ts';
import { isCounted, type RestingState, type Task, type TaskState } from './task.ts';
import type { Verdict } from './verdict.ts';

export const actions = ['cancel', 'retry', 'reset'] as const;
export type Action = (typeof actions)[number];

export type Ruling =
  /**
   * The task goes to this state, or stays there, with these fields changed. Failures of the given accounts are forgotten.
   */
  | Moves
  /** Its open attempt is ended for this reason, and that end changes the task. */
  | { readonly ruled: 'stops'; readonly attempt: string; readonly stop: Stop }
  | { readonly ruled: 'refused'; readonly why: string; readonly instead: string };

interface Moves {
  readonly ruled: 'moves';
  readonly to: RestingState;
  readonly reason: TaskReason;
  readonly change: Change;
  readonly forgiven: readonly string[];
}
type Change = Partial<Pick<Task, 'notBefore' | 'retries' | 'countFrom'>> & {
  readonly delivery?: null;
  readonly pull?: (record: PullRecord) => PullRecord | PullPlan;
};

interface Facts {
  readonly task: Task;
  /** All attempts at the task. */
  readonly attempts: readonly Pick<Attempt, 'id' | 'number' | 'state' | 'verdict' | 'route'>[];
}
type Rule = (facts: Facts) => Ruling;

export function ruleOn(given: Facts & { readonly action: Action }): Ruling {
  const { action, task, attempts } = given;
  const standing = attempts.some(isOpen) ? 'running' : task.state;
  return rules[action][standing](given);
}

/** A cancellation that came before the end of an attempt was known decides over that end. Work that has arrived stays. */
export function overruling(given: { readonly stop: Stop | null; readonly verdict: Verdict['kind'] }): Stop | null {
  const { stop, verdict } = given;
  return verdict === 'cancelled' || verdict === 'work' || stop?.reason !== 'cancelled' ? null : stop;
}

const moves = (given: Pick<Moves, 'to' | 'reason'> & Partial<Moves>): Moves => ({ ruled: 'moves', change: {}, forgiven: [], ...given });

const isOpen = ({ state }: Pick<Attempt, 'state'>): boolean => state !== 'closed';

const byPerson: Said = { code: 'cancelled', facts: {} };

const cancelled: Rule = () => moves({ to: 'cancelled', reason: { code: 'cancelled', facts: { said: byPerson } } });

/** Forgets everything that kept the task from being tried: back-off, charged retries, failures that excluded a route. */
export const afresh = ({ attempts }: Task): Pick<Task, 'notBefore' | 'retries' | 'countFrom'> => ({
  notBefore: null,
  retries: 0,
  countFrom: attempts,
});

/** A person who tries it again has fixed the sign-in that was refused, or wants to see it refused once more. */
const again: Rule = ({ task, attempts }) => {
  const refusals = attempts.filter((attempt) => attempt.verdict?.kind === 'auth' && isCounted({ task, attempt }));
  const forgiven = [...new Set(refusals.flatMap(({ route }) => route.account ?? []))];
  return moves({ to: 'queued', reason: { code: 'retried', facts: {} }, change: afresh(task), forgiven });
};

const anew: Rule = ({ task }) => moves({ to: 'queued', reason: { code: 'reset', facts: {} }, change: { ...afresh(task), delivery: null } });

const refused = (text: (task: Task) => readonly [why: string, instead: string]): Rule => {
  return ({ task }) => {
    const [why, instead] = text(task);
    return { ruled: 'refused', why, instead };
  };
};

const atWork = (what: string): Rule =>
  refused(({ id }) => [
    `${id} is running, and ${what}`,
    `yardmaster cancel ${id} ends its worker first; yardmaster logs ${id} --follow waits until the worker ends`,
  ]);

const tooLate = refused((task) => [
  `${task.id} is ${task.state}, and it is too late to cancel it: ${task.delivery?.evidence ?? textOf(task.reason)}`,
  `yardmaster show ${task.id} shows its branch and commit; use git to revert changes that you do not want`,
]);

const arrived = refused(({ id, state }) => [
  `${id} is ${state}: its work has arrived, so there is nothing to try again`,
  `yardmaster reset ${id} starts it again from the beginning`,
]);

/** Its branch and its pull request stay as they are. */
const cancelledInReview: Rule = (facts) => (isComplete(facts.task.delivery) ? tooLate(facts) : cancelled(facts));

/** What was given up about its pull request is tried again. */
const followedAgain: Rule = ({ task }) =>
  moves({ to: 'delivered', reason: { code: 'retried', facts: {} }, change: { ...afresh(task), pull: triedAgain } });

const toBeOpened = refused(({ id }) => [
  `${id} is delivered, and its pull request is not open yet`,
  `yardmaster run, or a supervisor that runs, opens it; yardmaster explain ${id} says what it waits for`,
]);

const arrivedOrFollowed: Rule = (facts) => {
  const { delivery } = facts.task;
  if (openedPull(delivery) !== null) return followedAgain(facts);
  return isComplete(delivery) ? arrived(facts) : toBeOpened(facts);
};

const ofPull: readonly TaskReason['code'][] = ['pull', 'not-opened'];

const againOrFollowed: Rule = (facts) => (ofPull.includes(facts.task.reason.code) ? followedAgain(facts) : again(facts));

/** A closed pull request stays closed: another one is opened for the work. */
const againBesideClosed: Rule = (facts) => {
  const ruling = again(facts);
  const isClosed = openedPull(facts.task.delivery)?.seen.state === 'closed';
  return isClosed && ruling.ruled === 'moves' ? { ...ruling, change: { ...ruling.change, pull: triedAgain } } : ruling;
};

/** A new attempt would open a second pull request beside the first one. */
const anewUnlessInReview: Rule = (facts) => (isComplete(facts.task.delivery) ? anew(facts) : inReview(facts));

/** The same: whatever became of the task, its pull request is open as long as nobody merged or closed it. */
const anewUnlessOpen: Rule = (facts) => (openedPull(facts.task.delivery)?.seen.state === 'open' ? inReview(facts) : anew(facts));

const inReview = refused(({ id, delivery }) => {
  const number = openedPull(delivery)?.seen.number;
  return [
    `${id} has a pull request that is ${number === undefined ? 'to be opened' : `open: #${number}`}`,
    `yardmaster retry ${id} goes on with it; yardmaster cancel ${id} --close closes it, and after that, yardmaster reset ${id} starts the task again from the beginning`,
  ];
});

const rules: Readonly<Record<Action, Readonly<Record<TaskState, Rule>>>> = {
  cancel: {
    queued: cancelled,
    running: (facts) => {
      const open = facts.attempts.find(isOpen);
      const stop = { reason: 'cancelled', said: byPerson, until: null } as const;
      return open === undefined ? cancelled(facts) : { ruled: 'stops', attempt: open.id, stop };
    },
    delivered: cancelledInReview,
    done: tooLate,
    blocked: cancelled,
    failed: cancelled,
    cancelled: refused(({ id }) => [`${id} is cancelled already`, `yardmaster retry ${id} queues it again`]),
  },
  retry: {
    // The back-off ends early.
    queued: again,
    running: atWork('the work in progress would be lost, and paid for twice'),
    delivered: arrivedOrFollowed,
    done: arrived,
    blocked: againOrFollowed,
    failed: again,
    cancelled: againBesideClosed,
  },
  reset: {
    queued: anewUnlessOpen,
    running: atWork('its worker needs the checkout that a reset removes'),
    delivered: anewUnlessInReview,
    done: anew,
    blocked: anewUnlessOpen,
    failed: anewUnlessOpen,
    cancelled: anewUnlessOpen,
  },
};
