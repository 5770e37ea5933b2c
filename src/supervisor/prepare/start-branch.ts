// The branch from which a task's work starts: the repository's base, or the branch of a task that it is blocked by and whose
// work the base does not have yet (`core/delivery/stack.ts`).
import type { Delivery } from '../../core/delivery/delivery.ts';
import type { StackedOn } from '../../core/delivery/stacked-on.ts';
import { openBranch, stackStart, type OpenBranch } from '../../core/delivery/stack.ts';
import { Fault } from '../../core/fault.ts';
import type { Task } from '../../core/task/task.ts';
import type { RepoFacts } from '../../ports/repo.ts';
import { warnOnce } from '../warn-once.ts';
import type { World } from '../world.ts';
import { Unprepared, type Preparing } from './unprepared.ts';

export interface StartBranch {
  readonly branch: string;
  readonly stackedOn: StackedOn | null;
}

interface Starting extends Pick<Preparing, 'task' | 'settings' | 'signal'> {
  readonly facts: Pick<RepoFacts, 'remote' | 'defaultBranch'>;
}

export async function startBranch(world: World, given: Starting): Promise<StartBranch> {
  const { task, settings, facts } = given;
  const base: StartBranch = { branch: facts.defaultBranch, stackedOn: null };
  if (!settings.delivery.stack || task.blockedBy.length === 0) return base;
  const tasks = await tasksBelow(world, task);
  const { open, several, on } = stackStart({
    blockedBy: task.blockedBy,
    states: new Map([...tasks].map(([id, { state }]) => [id, state])),
    deliveries: deliveriesOf(tasks),
  });
  // They were moved after this task was claimed: it waits again.
  if (open.length > 0 || several.length > 0) throw new Unprepared('stopped', { code: 'not-started', facts: {} });
  const from = on ?? (await unmerged(world, { ...given, tasks }));
  return from === null ? base : { branch: from.branch, stackedOn: { task: from.task, branch: from.branch } };
}

/** The tasks that it is blocked by, and those on which these build, by id. */
async function tasksBelow({ store }: World, { repo, blockedBy }: Task): Promise<ReadonlyMap<string, Task>> {
  const found = new Map<string, Task>();
  const ids = [...blockedBy];
  // The list grows while it is walked.
  for (const id of ids) {
    const task = found.has(id) ? null : await store.task({ repo, id });
    if (task === null) continue;
    found.set(id, task);
    if (task.delivery?.stackedOn != null) ids.push(task.delivery.stackedOn.task);
  }
  return found;
}

function deliveriesOf(tasks: ReadonlyMap<string, Task>): ReadonlyMap<string, Delivery> {
  return new Map([...tasks].flatMap(([id, { delivery }]) => (delivery === null ? [] : [[id, delivery]])));
}

/** The branch of a task that is done without a pull request, and whose work the base does not have. */
async function unmerged(world: World, given: Starting & { readonly tasks: ReadonlyMap<string, Task> }): Promise<OpenBranch | null> {
  const { task, tasks, facts } = given;
  const branches = task.blockedBy.flatMap((id) => openBranch(tasks.get(id) ?? { id, delivery: null }) ?? []);
  const found: Found[] = [];
  for (const branch of branches) {
    const at = await placeOfBranch(world, { ...given, branch: branch.branch });
    if (at !== null && !(await contains(world, { ...given, commit: await baseAt(world, given), ancestor: at })))
      found.push({ ...branch, at });
  }
  if (found.length === 0) return null;
  for (const top of found) if (await containsAll(world, { ...given, top, others: found })) return top;
  const names = found.map((one) => one.task);
  warnOnce(world, {
    task,
    repo: task.repo,
    code: 'several-branches',
    message: `${task.id} starts from ${facts.defaultBranch}, which has none of the work of ${names.join(', ')}: it can start from only one branch`,
    hint: `merge them first, all but one: yardmaster merge ${names[0] ?? ''}`,
  });
  return null;
}

/** `at`: what names its present commit. */
type Found = OpenBranch & { readonly at: string };

/** Null if there is no such branch any more: somebody merged it, or does not want it. */
async function placeOfBranch(world: World, given: Starting & { readonly branch: string }): Promise<string | null> {
  const { task, facts, branch, signal } = given;
  const repo = world.repo.within(signal);
  if (facts.remote !== null) return repo.fetchBranch({ root: task.repo, remote: facts.remote, branch });
  const ref = `refs/heads/${branch}`;
  return repo.isAncestor({ root: task.repo, ancestor: ref, commit: ref }).then(
    () => ref,
    (error: unknown) => {
      if (error instanceof Fault && error.code === 'git-failed') return null;
      throw error;
    },
  );
}

async function baseAt(world: World, given: Starting): Promise<string> {
  const { defaultBranch: branch } = given.facts;
  return (await placeOfBranch(world, { ...given, branch })) ?? `refs/heads/${branch}`;
}

async function containsAll(world: World, given: Starting & { readonly top: Found; readonly others: readonly Found[] }): Promise<boolean> {
  const { top, others } = given;
  for (const { at } of others) if (!(await contains(world, { ...given, commit: top.at, ancestor: at }))) return false;
  return true;
}

function contains(world: World, given: Starting & { readonly commit: string; readonly ancestor: string }): Promise<boolean> {
  const { task, signal, commit, ancestor } = given;
  return world.repo.within(signal).isAncestor({ root: task.repo, ancestor, commit });
}
