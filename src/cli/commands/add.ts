// `add`: one task from the command line.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadSettings } from '../../config/load.ts';
import { Fault } from '../../core/fault.ts';
import { isTaskId } from '../../core/todo-words.ts';
import { parseTodo, type Todo } from '../../core/todo-line.ts';
import { withoutMark } from '../../lib/byte-order-mark.ts';
import { ring } from '../../lib/bell.ts';
import { systemClock } from '../../lib/system-clock.ts';
import type { Store } from '../../ports/store.ts';
import type { AddFlags } from '../app.ts';
import { homeOf, openStore, openTodo } from '../compose.ts';
import { printJson, type CliContext } from '../context.ts';
import { roleNamed } from '../role.ts';
import { checkServers } from '../servers.ts';
import { registeredRepo } from '../registered.ts';
import { taskView } from '../task-view.ts';

export async function add(this: CliContext, flags: AddFlags, title: string): Promise<void> {
  const line = title.replace(/\s+/g, ' ').trim();
  if (line === '') throw new Fault({ code: 'usage', message: 'the title is empty', hint: 'say in one line what is to be done' });
  for (const id of [...(flags.id === undefined ? [] : [flags.id]), ...(flags.blockedBy ?? [])]) checkId(id);
  const store = await openStore(this);
  try {
    const repo = await registeredRepo(this, { store, dir: flags.repo });
    if (flags.batch !== undefined) await requireBatch(store, flags.batch);
    if (flags.model !== undefined) await checkModel(this, { repo, model: flags.model });
    if (flags.mcp !== undefined) await checkServers(this, { repo, names: flags.mcp });
    if (flags.role !== undefined)
      roleNamed({ settings: (await loadSettings({ env: this.env, repo, flags: {} })).settings, name: flags.role });
    const list = parseTodo((await (await openTodo()).read(join(repo, 'TODO.md')))?.text ?? '');
    const id = flags.id ?? null;
    const listed = list.tasks.find((one) => one.id === id);
    if (listed !== undefined) throw taken(`TODO.md has a line ${listed.id} already: ${listed.title}`);
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
    const added = await store.addTask({ repo, task, taken: idsIn(list), at: systemClock.now() });
    if (added === null) throw taken(`there is a task ${id} already: ${(await store.task({ repo, id: id ?? '' }))?.title}`);
    await ring(homeOf(this).bell);
    if (flags.json === true) printJson(this, taskView({ task: added, last: null, wait: null }));
    else this.out.write(`${added.id} added\n`);
  } finally {
    await store.end();
  }
}

function checkId(id: string): void {
  if (!isTaskId(id))
    throw new Fault({
      code: 'usage',
      message: `"${id}" is no task id`,
      hint: 'an id is t and a number, with up to two dotted parts: t12, t12.1',
    });
}

async function checkModel(context: CliContext, given: { repo: string; model: string }): Promise<void> {
  const { tiers } = (await loadSettings({ env: context.env, repo: given.repo, flags: {} })).settings.models;
  if (given.model.includes('/') || Object.hasOwn(tiers, given.model)) return;
  const hint = `name provider/model, or one of the tiers ${Object.keys(tiers).join(', ')}`;
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

/** Every id that the list mentions. An id that a line only waits for counts too: the line would wait for the new task. */
function idsIn({ tasks, problems }: Todo): readonly string[] {
  return [
    ...tasks.flatMap(({ id, blockedBy, blocks, parent }) => [id, ...blockedBy, ...blocks, parent ?? []].flat()),
    ...problems.flatMap(({ task }) => task ?? []),
  ];
}

async function bodyOf(context: CliContext, source: string | undefined): Promise<string | null> {
  if (source === undefined) return null;
  if (source === '-') return withoutMark(await context.stdin());
  const path = resolve(context.cwd, source);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Fault({
      code: 'body-unreadable',
      message: `the body ${path} cannot be read`,
      hint: 'name a readable file, or - for standard input',
      cause,
    });
  });
  return withoutMark(text);
}
