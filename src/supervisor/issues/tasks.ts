// The stored tasks of a repository, as far as the sync with a forge's issues reads and moves them.
import { textOf } from '../../core/reason/words.ts';
import type { Said } from '../../core/reason/said.ts';
import type { TaskReason } from '../../core/reason/task-reason.ts';
import { tierOf, type Tiers } from '../../core/route/tier.ts';
import { syncTaskOf } from '../../core/sync/sync-task.ts';
import { anew } from '../../core/task/anew.ts';
import { unbegun, type Task } from '../../core/task/task.ts';
import type { SyncTasks } from '../../ports/issue-sync.ts';
import { emitMoved } from '../emit-moved.ts';
import type { World } from '../world.ts';

export type TasksWorld = Pick<World, 'store' | 'clock' | 'emit' | 'memory' | 'sources'>;

export function syncTasks(world: TasksWorld, { repo, tiers }: { readonly repo: string; readonly tiers: Tiers }): SyncTasks {
  const { store } = world;
  return {
    async read(marks) {
      const all = await store.tasks({ repo });
      const listed = all.filter(({ id }) => marks.has(id));
      for (const task of listed) await keepClosed(world, { task, isDeclined: marks.get(task.id) === 'declined' });
      const last = new Map((await store.lastAttempts(listed.map(({ key }) => key))).map((attempt) => [attempt.taskKey, attempt]));
      const tasks = listed.map((task) => {
        const attempt = last.get(task.key);
        const arrived = attempt?.verdict?.kind === 'work' || attempt?.verdict?.kind === 'no-change';
        const tier = attempt === undefined ? null : tierOf({ model: attempt.route.model, tiers, prefer: task.model });
        return [task.id, syncTaskOf({ task, last: attempt === undefined ? null : { tier, arrived } })] as const;
      });
      return { tasks: new Map(tasks), taken: all.map(({ id }) => id) };
    },
    async move({ task: id, to, number, by }) {
      const task = await store.task({ repo, id });
      if (task === null) return false;
      return to === 'cancelled'
        ? cancel(world, { task, said: { code: 'issue-closed', facts: { number, by } } })
        : queue(world, { task, number, by });
    },
  };
}

/**
 * A task that was cancelled because its issue was closed is queued again when a person opens its line, like one whose line a
 * person declined. That is stored once the line is declined: until then the list would queue it again at once.
 */
async function keepClosed(world: TasksWorld, { task, isDeclined }: { readonly task: Task; readonly isDeclined: boolean }): Promise<void> {
  const { state, reason, line, key } = task;
  const isByIssue = reason.code === 'cancelled' && reason.facts.said.code === 'issue-closed';
  if (state !== 'cancelled' || line !== 'open' || !isByIssue || !isDeclined) return;
  await world.store.patchTask({ key, patch: { line: 'closed' }, at: world.clock.now() });
}

/** A worker is ended by its supervisor, and that end cancels the task. */
async function cancel(world: TasksWorld, { task, said }: { readonly task: Task; readonly said: Said }): Promise<boolean> {
  const { store } = world;
  const open = (await store.attempts(task.key)).find(({ state }) => state !== 'closed');
  if (open !== undefined && (await store.requestStop({ attempt: open.id, stop: { reason: 'cancelled', said, until: null } }))) return true;
  return move(world, { task, from: unbegun, to: 'cancelled', reason: { code: 'cancelled', facts: { said } } });
}

/** Until intake reads the open line, the one that is still closed has no influence. */
function queue(
  world: TasksWorld,
  { task, number, by }: { readonly task: Task; readonly number: number; readonly by: string | null },
): Promise<boolean> {
  const line = task.line === 'none' ? 'none' : 'ticked';
  const reason: TaskReason = { code: 'issue-opened', facts: { number, by } };
  return move(world, { task, from: ['done', 'cancelled'], to: 'queued', reason, patch: { ...anew(task), line } });
}

async function move(
  world: TasksWorld,
  { task, ...to }: { readonly task: Task } & Omit<Parameters<World['store']['moveTask']>[0], 'key' | 'at'>,
): Promise<boolean> {
  if ((await world.store.moveTask({ ...to, key: task.key, at: world.clock.now() })) !== 'ok') return false;
  emitMoved(world, { task, from: task.state, to: to.to, reason: textOf(to.reason) });
  return true;
}
