// `add`: adds one task from the command line.
import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { loadSettings } from '../../config/load.ts';
import { Fault } from '../../core/fault.ts';
import { isLargeBody, largestBody, nextTaskId, type Task } from '../../core/task/task.ts';
import { addToTodo } from '../../core/todo/add.ts';
import type { Settings } from '../../core/settings.ts';
import { isTaskId } from '../../core/todo/words.ts';
import { idsIn, parseTodo } from '../../core/todo/line.ts';
import { withoutMark } from '../../lib/byte-order-mark.ts';
import { ring } from '../../lib/bell.ts';
import { systemClock } from '../../lib/system-clock.ts';
import type { Store } from '../../ports/store.ts';
import type { TodoFile } from '../../ports/todo-file.ts';
import { asking, homeOf, openStore, openTodo } from '../compose.ts';
import { printJson, type CliContext } from '../context.ts';
import { roleNamed } from '../role.ts';
import { checkServers } from '../servers.ts';
import { registeredRepo } from '../registered.ts';
import { viewTask } from '../../api/show-task.ts';

export interface AddFlags {
  json?: boolean;
  id?: string;
  todo?: boolean;
  body?: string;
  model?: string;
  agent?: string;
  tag?: readonly string[];
  blockedBy?: readonly string[];
  batch?: string;
  mcp?: readonly string[];
  role?: string;
  repo?: string;
}

export async function add(this: CliContext, flags: AddFlags, title: string): Promise<void> {
  const line = title.replace(/\s+/g, ' ').trim();
  if (line === '') throw new Fault({ code: 'usage', message: 'the title is empty', hint: 'say in one line what has to be done' });
  const store = await openStore(this);
  try {
    const repo = await registeredRepo(this, { store, dir: flags.repo });
    const { settings } = await loadSettings({ env: this.env, repo, flags: {} });
    const { ids } = settings.todo;
    for (const one of [...(flags.id === undefined ? [] : [flags.id]), ...(flags.blockedBy ?? [])]) checkId(one, ids);
    if (flags.batch !== undefined) await requireBatch(store, flags.batch);
    if (flags.model !== undefined) checkModel({ settings, model: flags.model });
    if (flags.mcp !== undefined) await checkServers(this, { repo, names: flags.mcp });
    if (flags.role !== undefined) roleNamed({ settings, name: flags.role });
    const path = join(repo, 'TODO.md');
    const todo = openTodo();
    const text = (await todo.read(path))?.text ?? null;
    const list = { text: text ?? '', ids };
    const id = flags.id ?? null;
    const listed = parseTodo(list).tasks.find((one) => one.id === id);
    if (listed !== undefined) throw taken(`TODO.md already has a line ${listed.id}: ${listed.title}`);
    const task = {
      id,
      title: line,
      body: await bodyOf(this, flags.body),
      tags: flags.tag ?? [],
      model: flags.model ?? null,
      agent: flags.agent ?? null,
      blockedBy: flags.blockedBy ?? [],
      mcp: flags.mcp ?? null,
      role: flags.role ?? null,
      batch: flags.batch ?? null,
      estimate: null,
      line: 'none',
      wanted: true,
    } as const;
    if (flags.todo === true) {
      if (text === null)
        throw new Fault({ code: 'no-todo', message: `there is no ${path}`, hint: 'yardmaster init offers one to start from' });
      // A task that the list could not hold is refused before anything is stored, whatever id it will get.
      addToTodo({ text, ids }, { ...task, id: id ?? nextTaskId({ taken: idsIn(list), ids }) });
    }
    const added = await store.addTask({ repo, task, taken: idsIn(list), prefix: ids, at: systemClock.now() });
    if (added === null) throw taken(`there is already a task ${id}: ${(await store.task({ repo, id: id ?? '' }))?.title}`);
    const where = flags.todo === true ? await writeLine({ store, todo, ids, task: added }) : '';
    await ring(homeOf(this).bell);
    if (flags.json === true) printJson(this, await viewTask(asking(this, store), added));
    else this.out.write(`${added.id} added${where}\n`);
  } finally {
    await store.end();
  }
}

/**
 * Writes the task's line. The body goes into the task's brief, where text of any form is kept as it is. Returns the path of
 * the brief.
 */
async function writeLine(given: { store: Store; todo: TodoFile; ids: string; task: Task }): Promise<string> {
  const { store, todo, ids, task } = given;
  const { key, repo, id, body } = task;
  try {
    const brief = body === null ? null : await todo.writeBrief({ root: repo, id, text: body });
    await todo.edit(join(repo, 'TODO.md'), (text) => addToTodo({ text, ids }, task));
    // From now on the task belongs to the list: the line has the same title, so the next reader of the list recognizes the
    // same task.
    await store.patchTask({ key, patch: { line: 'open' }, at: systemClock.now() });
    return `, also in TODO.md${brief === null ? '' : `; its body is ${relative(repo, brief)}`}`;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const message = `${id} was added, but not to TODO.md: ${error.message}`;
    throw new Fault({ code: 'todo-unwritable', message, hint: error.hint, data: error.data, cause: error });
  }
}

function checkId(id: string, ids: string): void {
  if (!isTaskId(id, ids))
    throw new Fault({
      code: 'usage',
      message: `"${id}" is not a task id`,
      hint: `an id is ${ids} and a number, with up to two dotted parts: ${ids}12, ${ids}12.1`,
    });
}

function checkModel(given: { settings: Settings; model: string }): void {
  const { tiers } = given.settings.models;
  if (given.model.includes('/') || Object.hasOwn(tiers, given.model)) return;
  const hint = `use provider/model, or one of the tiers ${Object.keys(tiers).join(', ')}`;
  throw new Fault({ code: 'unknown-model', message: `there is no model "${given.model}"`, hint });
}

export async function requireBatch(store: Store, name: string): Promise<void> {
  const batches = await store.batches();
  if (batches.some((batch) => batch.name === name)) return;
  const known = batches.map((batch) => batch.name).join(', ');
  throw new Fault({
    code: 'unknown-batch',
    message: `there is no batch ${name}${known === '' ? '' : `; there are ${known}`}`,
    hint: `yardmaster batch create ${name}`,
  });
}

function taken(message: string): Fault {
  return new Fault({ code: 'task-exists', message, hint: 'choose another --id, or leave it out to get the next free one' });
}

async function bodyOf(context: CliContext, source: string | undefined): Promise<string | null> {
  const body = await bodyIn(context, source);
  if (!isLargeBody(body)) return body;
  throw new Fault({
    code: 'usage',
    message: `the body is more than ${largestBody / 1024} KiB`,
    hint: 'write it into a file of the repository, and mention that file in the body',
  });
}

async function bodyIn(context: CliContext, source: string | undefined): Promise<string | null> {
  if (source === undefined) return null;
  if (source === '-') return withoutMark(await context.stdin());
  const path = resolve(context.cwd, source);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Fault({
      code: 'body-unreadable',
      message: `the body ${path} cannot be read`,
      hint: 'give a readable file, or - for standard input',
      cause,
    });
  });
  return withoutMark(text);
}
