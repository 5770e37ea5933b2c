// The repository that a command is about. A repository that a person uses for the first time is registered.
import { join, resolve } from 'node:path';
import { Fault } from '../core/fault.ts';
import { systemClock } from '../lib/system-clock.ts';
import type { Store } from '../ports/store.ts';
import { openTodo, refuseNone, repoAt, workableRepoAt } from './compose.ts';
import type { CliContext } from './context.ts';

/** Returns its top folder. Faults: `not-a-repository`, `unusable-repository`, `empty-repository`. */
export async function registeredRepo(
  context: CliContext,
  given: { readonly store: Store; readonly dir: string | undefined },
): Promise<string> {
  const at = given.dir === undefined ? context.cwd : resolve(context.cwd, given.dir);
  const root = await workableRepoAt(at);
  if (root === null)
    throw new Fault({
      code: 'not-a-repository',
      message: `${at} is not in a git repository`,
      hint: 'change into a repository, or give one with --repo DIR',
    });
  if (await given.store.addRepo({ root, at: systemClock.now() })) context.err.write(`registered ${root}\n`);
  return root;
}

/**
 * The repository at `dir`, or else the one of the current folder; null only outside of any repository. Throws a Fault if
 * `dir` is in none.
 */
export async function repoNamed(context: Pick<CliContext, 'cwd'>, dir: string | undefined): Promise<string | null> {
  const at = resolve(context.cwd, dir ?? '.');
  const found = await repoAt(at);
  return found === null && dir !== undefined ? refuseNone({ dir: at, hint: 'give a folder of a git repository' }) : found;
}

/**
 * The repository for a read-only command: the given one; or that of the current folder, if it is registered or has a list;
 * or null for all.
 */
export async function repoInView(
  context: CliContext,
  given: { readonly store: Store; readonly repo: string | undefined; readonly all: boolean },
): Promise<string | null> {
  if (given.all) return null;
  const here = await repoNamed(context, given.repo);
  if (here !== null && ((await given.store.repos()).includes(here) || (await hasList(here)))) return here;
  return given.repo === undefined ? null : registeredRepo(context, { store: given.store, dir: given.repo });
}

async function hasList(repo: string): Promise<boolean> {
  return openTodo().mark(join(repo, 'TODO.md')) !== null;
}
