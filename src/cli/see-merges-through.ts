// Waits until pull requests whose merge a person asked for are merged, or until only a person could go on. A supervisor that
// runs merges them; without one, this process does. Whatever is not merged by then is not merged later: its wish is withdrawn.
import { mergingOf, wishOf, withdrawMerge, type Merging, type Wish } from '../api/merge-pull.ts';
import { listPulls, type PulledTask } from '../api/pulls.ts';
import { supervising } from '../api/standings.ts';
import type { Task } from '../core/task/task.ts';
import { ring } from '../lib/bell.ts';
import type { Opened } from './compose.ts';
import { exitCodes, type CliContext } from './context.ts';
import { supervise } from './supervise.ts';

const pollMs = 100;

interface Waiting {
  readonly opened: Opened;
  readonly tasks: readonly Task[];
  readonly json: boolean;
}

/** The pull requests as they are at the end. The exit code is 0 only if all of them are merged. */
export async function seeMergesThrough(context: CliContext, given: Waiting): Promise<readonly PulledTask[]> {
  const { opened, tasks } = given;
  const { ports, home } = opened;
  const wishes = new Map(tasks.flatMap((task) => [[task.key, wishOf(task) ?? { key: task.key, at: 0 }]]));
  const controller = new AbortController();
  const interrupt = context.onInterrupt(() => controller.abort());
  const ended = new Map<number, Merging>();
  try {
    await ring(home.bell);
    await untilEnded(context, { ...given, wishes: [...wishes.values()], ended, signal: controller.signal });
  } finally {
    interrupt.stop();
    for (const wish of wishes.values()) if (ended.get(wish.key)?.is !== 'merged') await withdrawMerge(ports, wish);
  }
  // It may have been merged while the wait was ended.
  const pulls = (await listPulls(ports, { ids: tasks.map(({ id }) => id) })).filter(({ task }) => wishes.has(task.key));
  const open = pulls.filter(({ record }) => record.seen.state !== 'merged');
  if (open.length > 0) context.exit = controller.signal.aborted ? exitCodes.interrupted : exitCodes.failed;
  for (const { task, record } of open) {
    const { id } = task;
    const isAtForge = record.seen.inQueue || record.merging !== null;
    context.err.write(
      isAtForge
        ? `${id}: the forge was told to merge #${record.seen.number}, and may still do that\n  → yardmaster open ${id}\n`
        : `${id} is not merged, and your wish to merge it is withdrawn; to ask again:\n  → yardmaster merge ${id}\n`,
    );
  }
  return pulls.map((pull) => {
    const last = ended.get(pull.task.key);
    return last?.is === 'over' && last.text !== null ? { ...pull, words: { ...pull.words, text: last.text } } : pull;
  });
}

async function untilEnded(
  context: CliContext,
  given: Waiting & { readonly wishes: readonly Wish[]; readonly ended: Map<number, Merging>; readonly signal: AbortSignal },
): Promise<void> {
  const { opened, tasks, json, wishes, ended, signal } = given;
  const { ports } = opened;
  const told = new Map<number, string>();
  let ran = false;
  while (!signal.aborted) {
    const kinds = await supervising(ports);
    // A `run` may look at other tasks only; whoever looks at these, one supervisor at a time asks the forge.
    const isSupervised = kinds.has('up') || (ran && kinds.size > 0);
    for (const wish of wishes) {
      if (ended.has(wish.key)) continue;
      const merging = await mergingOf(ports, wish);
      if (merging.is !== 'waits') {
        ended.set(wish.key, merging);
        // Those above it in its stack need not wait for it.
        if (merging.is === 'over') await withdrawMerge(ports, wish);
      } else if (isSupervised) tell(context, { told, key: wish.key, text: merging.text, tasks });
    }
    if (ended.size === wishes.length) return;
    if (isSupervised) await ports.clock.sleep(pollMs, signal);
    else if (ran) return;
    else {
      ran = true;
      const scope = { repo: null, batch: null, named: new Set(tasks.map(({ key }) => key)) };
      // Standard output is one JSON document, so what happens meanwhile is told on the other one.
      const around = json ? { ...context, out: context.err } : context;
      await supervise(around, { opened, scope, over: {}, json: false, kind: 'run', until: 'done' });
    }
  }
}

/** Says what is waited for, once for each change. */
function tell(
  context: CliContext,
  given: { readonly told: Map<number, string>; readonly key: number; readonly text: string; readonly tasks: readonly Task[] },
): void {
  const { told, key, text, tasks } = given;
  if (told.size === 0) context.err.write('the supervisor that runs merges it; Ctrl-C ends the wait, and withdraws your wish\n');
  if (told.get(key) === text) return;
  told.set(key, text);
  context.err.write(`${tasks.find((task) => task.key === key)?.id}: ${text}\n`);
}
