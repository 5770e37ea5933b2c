// Moves tasks from `delivered` to `done`: the sources are told with the evidence, and only then is the task done. Tasks of
// one repository that are delivered within a moment are told together, because each edit of a list reads the whole list and
// writes it to the disk.
import { isComplete } from '../../core/delivery/delivery.ts';
import type { TaskReason } from '../../core/reason/task-reason.ts';
import { textOf } from '../../core/reason/words.ts';
import type { Task } from '../../core/task/task.ts';
import { second, type Duration } from '../../core/time.ts';
import { recordOwnWrite } from '../intake/intake.ts';
import { openAgain } from '../intake/open-again.ts';
import { inScope } from '../dispatch/snapshot.ts';
import { emitMoved } from '../emit-moved.ts';
import { markKey, type World } from '../world.ts';

/** How long the first delivered task waits for others while workers run that may deliver. */
const moment: Duration = 250;
/** How often the wait checks whether workers still run. */
const checkEvery: Duration = 25;

/** How often a task that could not be finished is tried again even if its source shows no change. */
const again: Duration = 5 * second;

/**
 * Whether finishing is due: work was delivered since the last time, or tasks that wait for open subtasks may wait no
 * longer.
 */
export function isFinishDue(
  { memory, sources, clock }: Pick<World, 'memory' | 'sources' | 'clock'>,
  given: { readonly repo: string; readonly tasks: readonly Task[] },
): boolean {
  const { repo, tasks } = given;
  const earlier = sources.flatMap((source) => {
    const last = memory.finishedAt.get(markKey({ source, repo }));
    return last === undefined ? [] : [{ source, last }];
  });
  if (earlier.length === 0 || tasks.some(({ key }) => !memory.finishing.has(key))) return true;
  return earlier.some(({ source, last }) => source.mark(repo) !== last.mark || Math.abs(clock.now() - last.at) >= again);
}

/** Whether work was delivered after delivered tasks were last read, or while an earlier edit was in progress. */
export async function isToFinish(world: World): Promise<boolean> {
  const delivered = await world.store.tasks({ states: ['delivered'] });
  return delivered.some((task) => inScope(world.scope, task) && isComplete(task.delivery) && !world.memory.finishing.has(task.key));
}

export async function finish(world: World, given: { readonly repo: string; readonly signal: AbortSignal }): Promise<void> {
  const { repo } = given;
  for (let waited = 0; waited < moment && world.memory.held.size > 0 && !given.signal.aborted; waited += checkEvery)
    await world.clock.sleep(checkEvery, given.signal);
  const tasks = (await world.store.tasks({ repo, states: ['delivered'] })).filter(
    (task) => inScope(world.scope, task) && isComplete(task.delivery),
  );
  for (const { key } of tasks) world.memory.finishing.add(key);
  const { waiting, told } = await tellSources(world, { ...given, tasks });
  world.passing('ticked');
  for (const task of tasks) {
    // It stays delivered, and a later pulse finishes it once its subtasks are closed.
    if (waiting.has(task.id)) continue;
    const reason: TaskReason = { code: 'finished', facts: { evidence: task.delivery?.evidence ?? null } };
    const written = told.get(task.id);
    // Our ticks are stored in the step that makes the task done, because from then on its lines in the source are compared
    // with them. If a supervisor dies before this step, the next one tells the source again.
    const patch = written === undefined ? {} : { ticks: [...task.ticks, ...written] };
    const moved = await world.store.moveTask({ key: task.key, from: ['delivered'], to: 'done', reason, at: world.clock.now(), patch });
    world.passing('finished');
    world.memory.finishing.delete(task.key);
    if (moved === 'ok') emitMoved(world, { task, from: 'delivered', to: 'done', reason: textOf(reason) });
    else if (written !== undefined) await reopenReset(world, { key: task.key, written });
  }
}

/**
 * A person reset the task while its source was being told: the completion there was ours and not a person's, so the task is
 * opened again.
 */
async function reopenReset(world: World, { key, written }: { readonly key: number; readonly written: Task['ticks'] }): Promise<void> {
  const task = await world.store.taskByKey(key);
  // Another supervisor may have finished it.
  if (task === null || task.state === 'done') return;
  const ticks = [...task.ticks, ...written];
  await world.store.patchTask({ key, patch: { ticks }, at: world.clock.now() });
  await openAgain(world, { ...task, ticks });
}

interface Told {
  /** Ids of the tasks that wait for their open subtasks. */
  readonly waiting: ReadonlySet<string>;
  /**
   * By id, for each task whose completion was reported: the ticks by which its source recognizes the completion as ours.
   */
  readonly told: ReadonlyMap<string, Task['ticks']>;
}

async function tellSources(
  world: World,
  given: { readonly repo: string; readonly tasks: readonly Task[]; readonly signal: AbortSignal },
): Promise<Told> {
  const { repo, tasks } = given;
  const { memory, clock } = world;
  const waiting = new Set<string>();
  const told = new Map<string, Task['ticks']>();
  for (const source of world.sources) {
    const key = markKey({ source, repo });
    const completion = await source.complete({
      repo,
      tasks: tasks.filter(({ id }) => !waiting.has(id)),
      at: clock.now(),
      signal: given.signal,
      marked: ({ from, to }) => {
        memory.finishedAt.set(key, { mark: to, at: clock.now() });
        recordOwnWrite(memory, { key, from, to });
      },
    });
    for (const id of completion.waiting) waiting.add(id);
    for (const [id, tick] of completion.told) told.set(id, [...(told.get(id) ?? []), ...(tick === null ? [] : [tick])]);
  }
  return { waiting, told };
}
