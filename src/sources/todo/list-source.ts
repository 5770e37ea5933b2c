// The repository's TODO.md as a source of tasks. The file decides which tasks are open and what they say; the store knows
// how far they are. The code that writes to the list is loaded separately, because commands that only read should start
// fast.
import { unbegun, type Task } from '../../core/task/task.ts';
import { missingFrom, moveOf, newsIn, openIn, problemsIn } from '../../core/todo/by-hand.ts';
import { clashesIn } from '../../core/todo/clash.ts';
import { parseTodo, type TodoProblem, type TodoTask } from '../../core/todo/line.ts';
import { bodyWithBrief, requestsOf } from '../../core/todo/request.ts';
import type { Reading, Source, SourceNews } from '../../ports/source.ts';
import { listOf, type List } from './list-file.ts';

export function todoSource(list: List): Source {
  const { file } = list;
  return {
    name: 'TODO.md',
    mark: (repo) => file.mark(listOf(repo)),
    read: (given) => readList(list, given),
    body: async ({ repo, request: { id, body } }) => bodyWithBrief({ brief: await file.brief(repo, id), body }),
    complete: async (given) => (await import('./tick-lines.ts')).tickLines(list, given),
    reopen: async (task) => (await import('./tick-lines.ts')).openLine(list, task),
    tidy: (repo) => file.tidy(listOf(repo)),
  };
}

async function* readList({ file, ids }: List, { repo, tasks: storedTasks, isThere }: Reading): AsyncGenerator<SourceNews> {
  const path = listOf(repo);
  const told = (problems: readonly TodoProblem[]): SourceNews => ({
    news: 'problems',
    problems: problems.map(({ line, message, hint }) => ({ code: 'todo', place: path, line, message, hint })),
  });
  const read = await file.read(path);
  const parsed = read === null ? empty : parseTodo({ text: read.text, ids: await ids(repo) });
  const { tasks, problems } = parsed;
  yield told(problems);
  const stored = await aboutList({ repo, tasks, storedTasks });
  const seen = newsIn({ tasks, stored });
  // We tick or open a line before we move its task, so for a task that has moved since, the text may show an older state of
  // the line. If the list has changed meanwhile, the next pulse reads it again.
  const news = file.mark(path) === (read?.mark ?? null) ? seen : [];
  for (const line of news) {
    const move = moveOf(line);
    if (move !== null) yield { news: 'moved', move };
  }
  const known = new Map(stored.map((task) => [task.id, task]));
  for (const request of requestsOf(parsed).values()) yield { news: 'open', request, stored: known.get(request.id) ?? null };
  // Read after the lines were stored, so that a task that was added in the meantime is included.
  const others = await storedTasks({ repo, line: 'none', ids: openIn(tasks) });
  yield told([...clashesIn({ tasks, stored: others }), ...problemsIn(news)]);
  // If the whole repository is unavailable, nobody has deleted a line. It may have come back in between.
  if (read === null && (!(await isThere()) || (await file.read(path)) !== null)) return;
  for (const task of missingFrom({ ...parsed, stored })) yield { news: 'missing', task };
  yield { news: 'all', mark: read?.mark ?? null, tasks: tasks.length };
}

const empty = { tasks: [], problems: [] };

/**
 * The stored tasks that the list may say something about. Finished tasks accumulate without limit, and matter only if
 * their lines are open.
 */
async function aboutList(given: {
  readonly repo: string;
  readonly tasks: readonly TodoTask[];
  readonly storedTasks: Reading['tasks'];
}): Promise<readonly Task[]> {
  const { repo, tasks, storedTasks } = given;
  const stored = [...(await storedTasks({ repo, states: unbegun })), ...(await storedTasks({ repo, ids: openIn(tasks) }))];
  return [...new Map(stored.map((task) => [task.key, task])).values()];
}
