// A task by the id that a person typed: in the repository they stand in, else wherever there is just one of that id.
import { Fault } from '../core/fault.ts';
import type { Task } from '../core/task.ts';
import type { Store } from '../ports/store.ts';
import { repoAt } from './compose.ts';
import { resolve } from 'node:path';

export async function findTask(given: {
  readonly store: Store;
  readonly id: string;
  readonly cwd: string;
  readonly repo: string | undefined;
}): Promise<Task> {
  const { store, id } = given;
  const here = await repoAt(given.repo === undefined ? given.cwd : resolve(given.cwd, given.repo));
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
    hint: 'yardmaster ls shows all; yardmaster import takes tasks from TODO.md',
  });
}
