// The store as read-only commands see it: as it would be if the sources were taken in now. Nothing is written.
import { resolve } from 'node:path';
import { todoIds } from '../config/todo-ids.ts';
import { Fault } from '../core/fault.ts';
import type { Task } from '../core/task/task.ts';
import { asRequested, unstored } from '../core/todo/request.ts';
import { systemClock } from '../lib/system-clock.ts';
import type { Source, SourceMove, SourceProblem } from '../ports/source.ts';
import type { Store, TaskFilter } from '../ports/store.ts';
import { openSources, repoAt } from './compose.ts';
import type { CliContext } from './context.ts';

interface Listed {
  readonly store: Store;
  /** Messages in whole sentences, with file and line. */
  readonly problems: readonly Pick<SourceProblem, 'message' | 'hint'>[];
}

/** Includes the sources of the repository that a command is about. */
export async function listedHere(
  context: Pick<CliContext, 'cwd' | 'env'>,
  given: { readonly store: Store; readonly repo: string | undefined },
): Promise<Store> {
  const here = await repoAt(resolve(context.cwd, given.repo ?? '.'));
  return (await listedIn(context, { store: given.store, repos: here === null ? [] : [here] })).store;
}

/** Of the configuration only the prefix of ids is read, and only if there is a task list. */
export async function listedIn(
  { env }: Pick<CliContext, 'env'>,
  given: { readonly store: Store; readonly repos: readonly string[] },
): Promise<Listed> {
  return listed({ ...given, sources: openSources((repo) => todoIds({ env, repo })) });
}

/** A source that cannot be read is reported among the problems. Everything that is stored is still shown. */
async function listed(given: {
  readonly store: Store;
  readonly sources: readonly Source[];
  readonly repos: readonly string[];
}): Promise<Listed> {
  const { store, sources, repos } = given;
  const views = await Promise.all(repos.flatMap((repo) => sources.map((source) => view({ store, source, repo }))));
  const changed = new Map(views.flatMap((one) => [...one.changed]));
  const lines = views.flatMap((one) => one.lines).map((task, index): Task => ({ ...task, key: -1 - index }));
  const now = (task: Task): Task => changed.get(task.key) ?? task;
  const looking: Store = {
    ...store,
    tasks: async (filter) => {
      const found = await store.tasks(filter);
      const keys = new Set(found.map(({ key }) => key));
      const joined = [...changed.values()].filter(({ key }) => !keys.has(key));
      return [...found.map(now), ...joined, ...lines].filter((task) => matches(task, filter));
    },
    task: async ({ repo, id }) => {
      const stored = await store.task({ repo, id });
      const task = stored === null ? lines.find((one) => one.repo === repo && one.id === id) : changed.get(stored.key);
      const source = views.find((one) => one.repo === repo && one.open.has(id))?.source;
      if (task === undefined || source === undefined) return task ?? stored;
      return { ...task, body: await source.body({ repo, request: task }) };
    },
  };
  return { store: looking, problems: views.flatMap((one) => one.problems) };
}

interface View {
  readonly source: Source;
  readonly repo: string;
  /** Stored tasks as the source describes them now, by their keys. */
  readonly changed: ReadonlyMap<number, Task>;
  /** Tasks that are not stored. */
  readonly lines: readonly Omit<Task, 'key'>[];
  /** Ids of the tasks whose body comes from the source. */
  readonly open: ReadonlySet<string>;
  readonly problems: Listed['problems'];
}

async function view(given: { readonly store: Store; readonly source: Source; readonly repo: string }): Promise<View> {
  const { store, source, repo } = given;
  const changed = new Map<number, Task>();
  const lines: Omit<Task, 'key'>[] = [];
  const open = new Set<string>();
  const problems: { readonly message: string; readonly hint: string }[] = [];
  const isThere = async (): Promise<boolean> => (await repoAt(repo)) === repo;
  try {
    for await (const one of source.read({ repo, tasks: (filter) => store.tasks(filter), isThere })) {
      if (one.news === 'problems') for (const problem of one.problems) problems.push(told(problem));
      else if (one.news === 'moved') changed.set(one.move.task.key, asMoved(one.move));
      else if (one.news === 'missing') changed.set(one.task.key, one.task);
      else if (one.news === 'open') {
        const { request, stored } = one;
        const after = stored === null ? null : asRequested(changed.get(stored.key) ?? stored, request);
        if (typeof after === 'string') continue;
        if (stored === null || after === null) lines.push(unstored({ request, repo, at: systemClock.now() }));
        else changed.set(stored.key, after);
        open.add(request.id);
      }
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { source, repo, changed: new Map(), lines: [], open: new Set(), problems: [error] };
  }
  return { source, repo, changed, lines, open, problems };
}

/** The task as it would be once this move was applied. */
function asMoved({ task, patch, to, reason }: SourceMove): Task {
  return { ...task, ...patch, state: to, reason };
}

function told({ place, line, message, hint }: SourceProblem): Listed['problems'][number] {
  return { message: `${place}${line === null ? '' : `:${line}`}: ${message}`, hint };
}

function matches(task: Task, filter: TaskFilter): boolean {
  return (
    (filter.repo ?? task.repo) === task.repo &&
    (filter.batch ?? task.batch) === task.batch &&
    (filter.line ?? task.line) === task.line &&
    (filter.states?.includes(task.state) ?? true) &&
    (filter.ids?.includes(task.id) ?? true) &&
    (filter.withSite !== true || task.site !== null)
  );
}
