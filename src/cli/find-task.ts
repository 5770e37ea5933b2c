// A task by the id that a person typed: in the repository they stand in, else wherever there is just one of that id. A
// line of TODO.md is found before anybody imported it.
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

/** For commands that only look. Their store is the answer's, in which what the task waits for is found as well. */
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

/** The same, for commands that print nothing of the task itself: one of another repository is told. */
export async function takeNamed(context: CliContext, given: Wanted): Promise<Task> {
  const task = await takeTask(context, given);
  const name = await nameOf(context, task);
  if (name !== task.id) context.err.write(`it is ${name}\n`);
  return task;
}

/** What an acting command calls it: where it is not of the repository that the person stands in, that one is named. */
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
      hint: 'name the repository with --repo DIR, or stand in it',
    });
  }
  throw new Fault({
    code: 'unknown-task',
    message: `there is no task ${id}${here === null ? '' : ` in ${here}`}`,
    hint: 'yardmaster ls shows all',
  });
}
