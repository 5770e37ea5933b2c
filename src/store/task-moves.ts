// Actions on a task by people and supervisors, decided and carried out in one write transaction. Write transactions run one
// at a time, so a claim or the end of an attempt comes before or after, and never in between.
import { unseen } from '../core/route/account.ts';
import { mended } from '../core/route/account-change.ts';
import { ruleOn } from '../core/task/action.ts';
import { triedNow } from '../core/task/set-aside.ts';
import type { Task } from '../core/task/task.ts';
import type { Instant } from '../core/time.ts';
import type { Store } from '../ports/store.ts';
import type { Acted, Moved, TaskMoves } from '../ports/task-moves.ts';
import { isOpen } from './attempt-queries.ts';
import { attemptsOf } from './attempts.ts';
import { changeWithin, findCondition } from './conditions.ts';
import type { Engine, Writer } from './engine.ts';
import { sql } from './sql.ts';
import { changeState, patchWithin, taskByKey } from './tasks.ts';

export function moveTask(engine: Engine, move: Parameters<Store['moveTask']>[0]): Promise<Moved> {
  return engine.write(async (tx) => {
    const stored = await taskByKey(tx, move.key);
    if (stored === null) return 'unknown';
    const from = move.from.find((state) => state === stored.state);
    return from === undefined ? 'illegal' : changeState(tx, { ...move, from });
  });
}

export function changePull(engine: Engine, given: Parameters<TaskMoves['changePull']>[0]): Promise<Task | null> {
  const { key, at } = given;
  return engine.write(async (tx) => {
    const task = await taskByKey(tx, key);
    const change = task === null ? null : given.change(task);
    if (task === null || change === null) return null;
    const { to, patch: more, ...delivery } = change;
    const patch = { ...more, delivery };
    if (to === undefined || to.state === task.state) await patchWithin(tx, { key, patch, at });
    else if ((await changeState(tx, { key, from: task.state, to: to.state, reason: to.reason, at, patch })) === 'illegal') return null;
    return taskByKey(tx, key);
  });
}

export function act(engine: Engine, given: Parameters<Store['act']>[0]): Promise<Acted> {
  const { key, action, at } = given;
  return engine.write(async (tx) => {
    const task = await taskByKey(tx, key);
    if (task === null) return { acted: 'refused', why: `there is no task with the key ${key}`, instead: 'yardmaster ls shows all tasks' };
    const attempts = await attemptsOf(tx, [key]);
    const ruling = ruleOn({ action, task, attempts });
    switch (ruling.ruled) {
      case 'refused':
        return { acted: 'refused', why: ruling.why, instead: ruling.instead };
      case 'stops':
        await tx.run(sql`update attempts set stop = ${JSON.stringify(ruling.stop)} where task_key = ${key} and ${isOpen}`);
        return { acted: 'stopping', attempt: ruling.attempt };
      case 'moves':
        for (const name of ruling.forgiven) await changeWithin(tx, { kind: 'account', name, change: (state) => mended(state ?? unseen) });
        // A person who asks for another try has removed the obstacle.
        if (action === 'retry') await tryRepository(tx, { repo: task.repo, at });
        if (ruling.to !== task.state) await changeState(tx, { ...ruling, key, from: task.state, at, patch: ruling.change });
        else await patchWithin(tx, { key, patch: ruling.change, at });
        return { acted: 'moved' };
    }
  });
}

async function tryRepository(tx: Writer, { repo, at }: { readonly repo: string; readonly at: Instant }): Promise<void> {
  const about = { kind: 'repository', name: repo } as const;
  const seen = await findCondition(tx, about);
  if (seen !== null) await changeWithin(tx, { ...about, change: () => triedNow(seen, at) });
}
