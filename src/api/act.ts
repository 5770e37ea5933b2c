// A person's actions on tasks: cancel, retry, reset. Each task has an outcome of its own, so a task that is refused or
// fails does not prevent the others.
import { openedPull } from '../core/delivery/delivery.ts';
import { Fault } from '../core/fault.ts';
import { saidText } from '../core/reason/said-words.ts';
import type { Task } from '../core/task/task.ts';
import { minute, second } from '../core/time.ts';
import type { Acted } from '../ports/task-moves.ts';
import { forgetBranch } from '../supervisor/forge/forget-branch.ts';
import { openAgain } from '../supervisor/intake/open-again.ts';
import { resetTask } from '../supervisor/intake/reset.ts';
import { pulse } from '../supervisor/pulse.ts';
import { whereIs } from '../supervisor/watch/places.ts';
import type { Ports, World } from '../supervisor/world.ts';

/** Everything that an action needs. */
export interface Acting {
  readonly ports: Ports;
  /** Wakes the supervisors. */
  readonly ring: () => Promise<void>;
  /** The world of a supervisor for this task alone; `end` releases its resources. */
  readonly worldFor: (task: Task) => Promise<{ readonly world: World; readonly end: () => void }>;
}

export type Outcome =
  /** `note`: further effects, as text; null if there are none. */
  | { readonly outcome: 'done'; readonly task: Task; readonly note: string | null }
  /** A rule forbids it; `instead` says what can be done. */
  | { readonly outcome: 'refused'; readonly task: Task; readonly why: string; readonly instead: string }
  | { readonly outcome: 'failed'; readonly task: Task; readonly fault: Fault };

/**
 * Cancels tasks in every state in which that is possible. Workers are ended by their supervisors, or by us if they have
 * none. All are asked to end before we wait for the first one.
 */
export async function cancelTasks(acting: Acting, tasks: readonly Task[]): Promise<readonly Outcome[]> {
  const { store, clock } = acting.ports;
  const outcomes: Outcome[] = [];
  const stopping: { task: Task; attempt: string }[] = [];
  for (const task of tasks) {
    const acted = await store.act({ key: task.key, action: 'cancel', at: clock.now() });
    if (acted.acted === 'stopping') stopping.push({ task, attempt: acted.attempt });
    else outcomes.push(outcomeOf(task, acted));
    // If it has a site, that is removed first, by a supervisor.
    if (acted.acted === 'moved' && task.site === null) await forgetBranch(acting.ports, task);
  }
  if (stopping.length > 0) await acting.ring();
  for (const one of stopping) outcomes.push(await guarded(one.task, () => cancelledByEnd(acting, one)));
  return outcomes.map(withPullLeft);
}

export function retryTasks(acting: Acting, tasks: readonly Task[]): Promise<readonly Outcome[]> {
  const { ports } = acting;
  return each(tasks, async (task) => {
    // Its source may have cancelled it: a line that stays ticked or declined would cancel it again.
    if (task.state === 'cancelled') await openAgain(ports, task);
    return outcomeOf(task, await ports.store.act({ key: task.key, action: 'retry', at: ports.clock.now() }));
  });
}

export function resetTasks(acting: Acting, tasks: readonly Task[]): Promise<readonly Outcome[]> {
  return each(tasks, async (task) => {
    const made = await acting.worldFor(task);
    try {
      return outcomeOf(task, await resetTask(made.world, task));
    } finally {
      made.end();
    }
  });
}

/**
 * Waits until its supervisor has ended the attempt, and takes the attempt over once its lease has run out. Faults:
 * `not-ended`, if that takes too long, or if its worker is in a place that cannot be reached from here.
 */
export async function untilClosed(acting: Acting, given: { readonly task: Task; readonly attempt: string }): Promise<void> {
  const { task } = given;
  const { store, clock, settings } = acting.ports;
  const made = await acting.worldFor(task);
  const controller = new AbortController();
  const { worker } = await settings(task.repo);
  const deadline = clock.lease().ms + worker.graceSeconds * second + minute;
  try {
    while ((await store.attempt(given.attempt))?.state !== 'closed') {
      if (clock.lease().ms > deadline)
        throw new Fault({
          code: 'not-ended',
          message: `${task.id} is still being ended`,
          hint: `yardmaster explain ${task.id} shows its state`,
        });
      await pulse(made.world, { phases: ['watch', 'settle'], wait: true, tell: false });
      const [beyond] = (await store.attempts(task.key)).filter(({ id }) => made.world.memory.unreachable.has(id));
      if (beyond !== undefined)
        throw new Fault({
          code: 'not-ended',
          message: `the worker of ${task.id} is in ${whereIs(beyond)}, which cannot be reached from here, so it was not ended`,
          hint: 'the request is stored: the next supervisor that can reach it ends the worker',
        });
      await clock.sleep(100, controller.signal);
    }
  } finally {
    await store.release({ holder: made.world.holder });
    made.end();
  }
}

/** Nothing is closed that the person did not name, so they are told what stays. */
function withPullLeft(outcome: Outcome): Outcome {
  const seen = openedPull(outcome.task.delivery)?.seen ?? null;
  if (outcome.outcome !== 'done' || seen?.state !== 'open') return outcome;
  const left = `pull request #${seen.number} stays open and is no longer followed; yardmaster cancel ${outcome.task.id} --close closes it`;
  return { ...outcome, note: outcome.note === null ? left : `${outcome.note}; ${left}` };
}

async function cancelledByEnd(acting: Acting, given: { readonly task: Task; readonly attempt: string }): Promise<Outcome> {
  const { task, attempt } = given;
  await untilClosed(acting, given);
  const verdict = (await acting.ports.store.attempt(attempt))?.verdict;
  if (verdict?.kind === 'cancelled') {
    const { said } = verdict;
    return { outcome: 'done', task, note: said.code === 'cancelled-in-push' ? `${task.id} was ${saidText(said)}` : null };
  }
  // Either its work arrived first, and the answer says so; or a supervisor of an older version ended it, and it can be
  // cancelled now.
  const [outcome] = await cancelTasks(acting, [task]);
  return outcome ?? { outcome: 'done', task, note: null };
}

function outcomeOf(task: Task, acted: Acted): Outcome {
  if (acted.acted !== 'refused') return { outcome: 'done', task, note: null };
  return { outcome: 'refused', task, why: acted.why, instead: acted.instead };
}

/** Runs one after the other. */
async function each(tasks: readonly Task[], act: (task: Task) => Promise<Outcome>): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const task of tasks) outcomes.push(await guarded(task, () => act(task)));
  return outcomes;
}

async function guarded(task: Task, act: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await act();
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return { outcome: 'failed', task, fault };
  }
}
