// `import`: imports every open task of a task list, whether it has #auto-dispatch or not.
import { join, resolve } from 'node:path';
import { loadSettings } from '../../config/load.ts';
import { Fault } from '../../core/fault.ts';
import { textOf } from '../../core/reason/words.ts';
import { unbegun } from '../../core/task/task.ts';
import { moveOf, newsIn, openIn, problemsIn, type Line } from '../../core/todo/by-hand.ts';
import { clash } from '../../core/todo/clash.ts';
import { parseTodo, type TodoTask } from '../../core/todo/line.ts';
import { bodyWithBrief, requestsOf } from '../../core/todo/request.ts';
import { ring } from '../../lib/bell.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { homeOf, openStore, openTodo } from '../compose.ts';
import { printJson, refuse, type CliContext } from '../context.ts';
import { registeredRepo } from '../registered.ts';
import type { Store } from '../../ports/store.ts';
import type { TodoFile } from '../../ports/todo-file.ts';
import type { Assigning } from '../assign.ts';
import { agreed } from '../confirm.ts';
import { requireBatch } from './add.ts';

export interface ImportFlags {
  json?: boolean;
  repo?: string;
  batch?: string;
  assign?: boolean;
  yes?: boolean;
}

export async function importTasks(this: CliContext, flags: ImportFlags, file?: string): Promise<void> {
  const store = await openStore(this);
  try {
    const repo = await registeredRepo(this, { store, dir: flags.repo });
    const path = file === undefined ? join(repo, 'TODO.md') : resolve(this.cwd, file);
    if (flags.batch !== undefined) await requireBatch(store, flags.batch);
    const todo = openTodo();
    const read = await todo.read(path);
    if (read === null) {
      const hint = file === undefined ? 'yardmaster init offers one to start from' : 'give an existing file; without one, TODO.md is read';
      throw new Fault({ code: 'no-todo', message: `there is no ${path}`, hint });
    }
    const { ids } = (await loadSettings({ env: this.env, repo, flags: {} })).settings.todo;
    const assigned = flags.assign === true ? await assign(this, { store, todo, repo, path, ids, flags }) : null;
    if (assigned === 'refused') return refuse(this, 'nothing was changed');
    const parsed = parseTodo({ text: assigned?.text ?? read.text, ids });
    // Lines are ticked later only in the repository's own list. A task from another file has no further connection to it.
    const own = path === join(repo, 'TODO.md');
    const news = own ? await heedLines(this, { store, repo, tasks: parsed.tasks }) : [];
    const problems = [...parsed.problems, ...problemsIn(news)];
    const counts = { added: 0, updated: 0, same: 0, clash: 0 };
    const requests = requestsOf(parsed);
    for (const one of parsed.tasks) {
      const request = requests.get(one.id);
      if (request === undefined) continue;
      const body = bodyWithBrief({ brief: await todo.brief(repo, request.id), body: request.body });
      const wanted = request.wanted || flags.batch !== undefined;
      const put = await store.putTask({
        repo,
        task: { ...request, body, wanted, batch: flags.batch ?? null, line: own ? 'open' : 'none' },
        at: systemClock.now(),
      });
      counts[put] += 1;
      if (put === 'clash') problems.push(clash({ todo: one, title: (await store.task({ repo, id: one.id }))?.title ?? '' }));
    }
    for (const { line, message, hint } of problems) this.err.write(`${path}:${line}: ${message}\n  → ${hint}\n`);
    await ring(homeOf(this).bell);
    if (flags.json === true)
      return printJson(this, {
        file: path,
        ...counts,
        problems,
        ...(assigned === null ? {} : { assigned: assigned.given, patch: assigned.patch }),
      });
    if (Object.values(counts).every((count) => count === 0)) return refuse(this, `${path} has no open task with an id such as t1`);
    this.out.write(
      `${counts.added} added, ${counts.updated} updated, ${counts.same} already up to date${counts.clash === 0 ? '' : `, ${counts.clash} not taken in`}\n`,
    );
  } finally {
    await store.end();
  }
}

/** Changes the states of tasks by what people did to their lines; returns these lines. */
async function heedLines(context: CliContext, given: { store: Store; repo: string; tasks: readonly TodoTask[] }): Promise<readonly Line[]> {
  const { store, repo, tasks } = given;
  const stored = [...(await store.tasks({ repo, states: unbegun })), ...(await store.tasks({ repo, ids: openIn(tasks) }))];
  const news = newsIn({ tasks, stored });
  for (const line of news) {
    const move = moveOf(line);
    if (move === null) continue;
    const { task, ...rest } = move;
    if ((await store.moveTask({ ...rest, key: task.key, at: systemClock.now() })) === 'ok')
      context.err.write(`${task.id} is ${rest.to}: ${textOf(rest.reason)}\n`);
  }
  return news;
}

/** Returns what was written into the list; null if there was nothing to write. */
async function assign(
  context: CliContext,
  given: { store: Store; todo: TodoFile; repo: string; path: string; ids: string; flags: ImportFlags },
): Promise<Assigning | 'refused' | null> {
  const { flags, todo } = given;
  // Loaded only here, because the module that makes patches is seldom needed.
  const { linesWithout, planIds, writeIds } = await import('../assign.ts');
  const plan = await planIds(given);
  if (plan === null || plan.patch === '') return plan;
  if (flags.json !== true) context.out.write(plan.patch);
  const question = `${linesWithout(plan)}. Write ids as shown?`;
  if (!(await agreed(context, { yes: flags.yes === true, question, hint: 'add --yes to write the ids as shown' }))) return 'refused';
  await writeIds(todo, plan);
  return plan;
}
