// Finds a task by the id that a person typed: in the repository of the current folder, else in any repository if only one
// has that id. A line of TODO.md is found even before it was imported.
import { Fault } from '../core/fault.ts';
import type { Task } from '../core/task/task.ts';
import type { Store } from '../ports/store.ts';
import { systemClock } from '../lib/system-clock.ts';
import { repoAt } from './compose.ts';
import type { CliContext } from './context.ts';
import { listedHere } from './listed.ts';
import { registeredRepo, repoNamed } from './registered.ts';

interface Wanted {
  readonly store: Store;
  readonly id: string;
  readonly repo: string | undefined;
}

/** For read-only commands. The returned store also contains the tasks that this task waits for. */
export async function lookUp(
  context: Pick<CliContext, 'cwd' | 'env'>,
  given: Wanted,
): Promise<{ readonly task: Task; readonly store: Store }> {
  const store = await listedHere(context, given);
  return { store, task: await findTask({ ...given, store, cwd: context.cwd }) };
}

/** For commands that act: a line that is not stored yet is stored first. */
export async function takeTask(context: CliContext, given: Wanted): Promise<Task> {
  const { store, repo } = given;
  const { task } = await lookUp(context, given);
  if (task.key < 0) {
    await registeredRepo(context, { store, dir: repo });
    await store.putTask({ repo: task.repo, task, at: systemClock.now() });
  }
  return findTask({ ...given, cwd: context.cwd });
}

/** The same, for commands that print nothing of the task itself: if it belongs to another repository, that is said. */
export async function takeNamed(context: CliContext, given: Wanted): Promise<Task> {
  const task = await takeTask(context, given);
  const name = await nameOf(context, task);
  if (name !== task.id) context.err.write(`the task is ${name}\n`);
  return task;
}

/**
 * The name of the task in a command's output: if it is not of the repository in which the person works, it includes its own
 * repository.
 */
export async function nameOf({ cwd }: Pick<CliContext, 'cwd'>, task: Pick<Task, 'id' | 'repo'>): Promise<string> {
  return (await repoAt(cwd)) === task.repo ? task.id : `${task.id} of ${task.repo}`;
}

async function findTask(given: Wanted & { readonly cwd: string }): Promise<Task> {
  const { store, id } = given;
  const here = await repoNamed(given, given.repo);
  const own = here === null ? null : await store.task({ repo: here, id });
  if (own !== null) return own;
  const others =
    given.repo === undefined
      ? (await Promise.all((await store.repos()).map((repo) => store.task({ repo, id })))).filter((task) => task !== null)
      : [];
  const [only, second] = others;
  if (only !== undefined && second === undefined) return only;
  if (only !== undefined) {
    throw new Fault({
      code: 'ambiguous-task',
      message: `several repositories have a task ${id}: ${others.map((task) => task.repo).join(', ')}`,
      hint: 'give the repository with --repo DIR, or change into it',
    });
  }
  throw new Fault({
    code: 'unknown-task',
    message: `there is no task ${id}${here === null ? '' : ` in ${here}`}`,
    hint: 'yardmaster ls shows all',
  });
}
