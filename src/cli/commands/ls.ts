// `ls`: the tasks with their states, and why the waiting ones wait.
import { textOf } from '../../core/reason/words.ts';
import { taskStates, type TaskState } from '../../core/task/task.ts';
import { Fault } from '../../core/fault.ts';
import { openStore } from '../compose.ts';
import { listedIn } from '../listed.ts';
import { printJson, type CliContext } from '../context.ts';
import { homely } from '../homely.ts';
import { paint } from '../paint.ts';
import { repoInView } from '../registered.ts';
import { taskView } from '../task-view.ts';
import { turnOf, waitsOf } from '../waits.ts';

export interface LsFlags {
  json?: boolean;
  state?: readonly string[];
  batch?: string;
  repo?: string;
  all?: boolean;
}

export async function ls(this: CliContext, flags: LsFlags): Promise<void> {
  const states = statesOf(flags.state ?? []);
  const opened = await openStore(this);
  try {
    const repo = await repoInView(this, { store: opened, repo: flags.repo, all: flags.all === true });
    const repos = repo === null ? await opened.repos() : [repo];
    const { store, problems } = await listedIn(this, { store: opened, repos });
    for (const { message, hint } of problems.slice(0, 20)) this.err.write(`${message}\n  → ${hint}\n`);
    const tasks = await store.tasks({
      ...(repo === null ? {} : { repo }),
      ...(flags.batch === undefined ? {} : { batch: flags.batch }),
      ...(states.length === 0 ? {} : { states }),
    });
    const waits = await waitsOf({ store, tasks });
    const tried = tasks.filter((task) => task.attempts > 0);
    const attempts = await store.lastAttempts(tried.map((task) => task.key));
    const last = new Map(attempts.map((attempt) => [attempt.taskKey, attempt]));
    const views = tasks.map((task) => ({ task, wait: waits.get(task.key) ?? null, last: last.get(task.key) ?? null }));
    if (flags.json === true) return printJson(this, views.map(taskView));
    if (views.length === 0) return this.err.write('no tasks; yardmaster add "…", or mark one in TODO.md with #auto-dispatch\n');
    // Loaded only here: what tells the width of any character takes 40 ms to load.
    const [{ table }, { cut }] = await Promise.all([import('../../lib/table.ts'), import('../cut.ts')]);
    const { state } = paint(this.out);
    const several = new Set(tasks.map((task) => task.repo)).size > 1;
    const width = Math.max(40, this.out.columns) - 50;
    const turn = await turnOf(store);
    const rows = views.map(({ task, wait, last: attempt }) => [
      ...(several ? [this.out.isTTY ? homely(this, task.repo) : task.repo] : []),
      task.id,
      state(task.state),
      attempt?.route.agent ?? '-',
      cut(this.out, task.title, 40),
      cut(this.out, task.state === 'queued' ? (wait?.message ?? turn) : textOf(task.reason), width),
    ]);
    this.out.write(table([[...(several ? ['REPOSITORY'] : []), 'ID', 'STATE', 'AGENT', 'TITLE', 'WHY'], ...rows]));
  } finally {
    await opened.end();
  }
}

function statesOf(words: readonly string[]): TaskState[] {
  return words.map((word) => {
    const state = taskStates.find((one) => one === word);
    if (state === undefined)
      throw new Fault({ code: 'usage', message: `"${word}" is no state`, hint: `the states are ${taskStates.join(', ')}` });
    return state;
  });
}
