// `ls`: lists the tasks with their states and says why waiting tasks wait.
import { taskStates, type TaskState } from '../../core/task/task.ts';
import { Fault } from '../../core/fault.ts';
import { asking, openStore } from '../compose.ts';
import { listedIn } from '../listed.ts';
import { printJson, type CliContext } from '../context.ts';
import { homely } from '../homely.ts';
import { paint } from '../paint.ts';
import { repoInView } from '../registered.ts';
import { taskView } from '../../api/task-view.ts';
import { listTasks } from '../../api/list-tasks.ts';

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
    const views = await listTasks(asking(this, store), {
      ...(repo === null ? {} : { repo }),
      ...(flags.batch === undefined ? {} : { batch: flags.batch }),
      ...(states.length === 0 ? {} : { states }),
    });
    if (flags.json === true) return printJson(this, views.map(taskView));
    if (views.length === 0) return this.err.write(`${noneOf({ states, batch: flags.batch })}\n`);
    // Loaded only here, because the module that measures the width of characters takes 40 ms to load.
    const [{ table }, { cut }] = await Promise.all([import('../../lib/table.ts'), import('../cut.ts')]);
    const { state } = paint(this.out);
    const several = new Set(views.map(({ task }) => task.repo)).size > 1;
    const width = Math.max(40, this.out.columns) - 50;
    const rows = views.map(({ task, stands, last: attempt }) => [
      ...(several ? [this.out.isTTY ? homely(this, task.repo) : task.repo] : []),
      task.id,
      state(task.state),
      attempt?.route.agent ?? '-',
      cut(this.out, task.title, 40),
      cut(this.out, stands.text, width),
    ]);
    this.out.write(table([[...(several ? ['REPOSITORY'] : []), 'ID', 'STATE', 'AGENT', 'TITLE', 'WHY'], ...rows]));
  } finally {
    await opened.end();
  }
}

/** An empty answer to a filter says nothing about other tasks. */
function noneOf({ states, batch }: { readonly states: readonly TaskState[]; readonly batch: string | undefined }): string {
  if (states.length === 0 && batch === undefined) return 'no tasks; run yardmaster add "…", or add #auto-dispatch to a line of TODO.md';
  const kind = states.length === 0 ? 'tasks' : `${states.join(' or ')} tasks`;
  return `no ${kind}${batch === undefined ? '' : ` in batch ${batch}`}`;
}

function statesOf(words: readonly string[]): TaskState[] {
  return words.map((word) => {
    const state = taskStates.find((one) => one === word);
    if (state === undefined)
      throw new Fault({ code: 'usage', message: `"${word}" is not a state`, hint: `the states are ${taskStates.join(', ')}` });
    return state;
  });
}
