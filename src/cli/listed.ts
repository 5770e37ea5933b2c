// What commands that only look see: the store as it would be if TODO.md were taken in as it stands now. Nothing is written.
import { join, resolve } from 'node:path';
import { todoIds } from '../config/todo-ids.ts';
import { Fault } from '../core/fault.ts';
import type { Task } from '../core/task/task.ts';
import { parseTodo, type TodoProblem } from '../core/todo/line.ts';
import { asRequested, unstored, requestsOf } from '../core/todo/request.ts';
import { systemClock } from '../lib/system-clock.ts';
import type { Store, TaskFilter } from '../ports/store.ts';
import type { TodoFile } from '../ports/todo-file.ts';
import { aboutList, asHeeded, goneFrom, mismatches, newsIn } from '../supervisor/intake/by-hand.ts';
import { withBrief } from '../supervisor/intake/brief.ts';
import { openTodo, repoAt } from './compose.ts';
import type { CliContext } from './context.ts';

interface Listed {
  readonly store: Store;
  /** In whole sentences, with file and line. */
  readonly problems: readonly Pick<TodoProblem, 'message' | 'hint'>[];
}

/** With the list of the repository that a command is about. */
export async function listedHere(
  context: Pick<CliContext, 'cwd' | 'env'>,
  given: { readonly store: Store; readonly repo: string | undefined },
): Promise<Store> {
  const here = await repoAt(resolve(context.cwd, given.repo ?? '.'));
  return (await listedIn(context, { store: given.store, repos: here === null ? [] : [here] })).store;
}

/** Of the configuration only what ids begin with is asked for, and that only where there is a list. */
export async function listedIn(
  { env }: Pick<CliContext, 'env'>,
  given: { readonly store: Store; readonly repos: readonly string[] },
): Promise<Listed> {
  return listed({ ...given, todo: openTodo(), ids: (repo) => todoIds({ env, repo }) });
}

interface Lists {
  readonly store: Store;
  readonly todo: TodoFile;
  /** What ids begin with in a repository. */
  readonly ids: (repo: string) => Promise<string>;
}

/** A list that cannot be read is among the problems, and hides nothing that is stored. */
async function listed(given: Lists & { readonly repos: readonly string[] }): Promise<Listed> {
  const { store, todo } = given;
  const lists = await Promise.all(given.repos.map((repo) => readList({ ...given, repo })));
  const changed = new Map(lists.flatMap((list) => list.changed.map((task) => [task.key, task] as const)));
  const lines = lists.flatMap((list) => list.lines).map((task, index): Task => ({ ...task, key: -1 - index }));
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
      return task === undefined ? stored : { ...task, ...(await withBrief({ todo }, { repo, request: task })) };
    },
  };
  return { store: looking, problems: lists.flatMap((list) => list.problems) };
}

interface List {
  /** Stored tasks as their lines say now. */
  readonly changed: readonly Task[];
  /** Lines that are not stored, as tasks. */
  readonly lines: readonly Omit<Task, 'key'>[];
  readonly problems: Listed['problems'];
}

async function readList(given: Lists & { readonly repo: string }): Promise<List> {
  const { store, todo, repo } = given;
  const path = join(repo, 'TODO.md');
  try {
    const file = await todo.read(path);
    // With the whole repository away, nobody has taken a line out.
    if (file === null && (await repoAt(repo)) !== repo) return { changed: [], lines: [], problems: [] };
    const parsed = file === null ? noList : parseTodo({ text: file.text, ids: await given.ids(repo) });
    const { tasks } = parsed;
    const requests = requestsOf(parsed);
    const list = { ...parsed, stored: await aboutList({ store, repo, tasks }) };
    const problems = [...parsed.problems, ...mismatches(list)];
    const moved = new Map([...goneFrom(list), ...newsIn(list).map(asHeeded)].map((task) => [task.key, task]));
    const changed = list.stored.flatMap((before) => {
      const task = moved.get(before.key) ?? before;
      const request = requests.get(task.id);
      const after = request === undefined ? 'late' : asRequested(task, request);
      const now = typeof after === 'string' ? task : after;
      return now === before ? [] : [now];
    });
    const known = new Set(list.stored.map((task) => task.id));
    const at = systemClock.now();
    const lines = [...requests.values()].flatMap((request) => (known.has(request.id) ? [] : [unstored({ request, repo, at })]));
    return { changed, lines, problems: problems.map(({ line, message, hint }) => ({ message: `${path}:${line}: ${message}`, hint })) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { changed: [], lines: [], problems: [error] };
  }
}

const noList = { tasks: [], problems: [] };

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
