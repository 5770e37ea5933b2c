// Gives ids to the lines of a task list that have none. The change is shown as a patch and written once a person agreed.
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { assignIds, type Assigned } from '../core/todo/assign.ts';
import { idsIn } from '../core/todo/line.ts';
import type { Store } from '../ports/store.ts';
import type { TodoFile } from '../ports/todo-file.ts';
import { patchOf } from './patch.ts';

export interface Assigning extends Assigned {
  readonly path: string;
  readonly before: string;
  /** Empty if every line has an id. */
  readonly patch: string;
}

/** `path`: a list whose tasks belong to the repository. Returns null if the file does not exist. */
export async function planIds(given: {
  readonly store: Store;
  readonly todo: TodoFile;
  readonly repo: string;
  readonly path: string;
  /** The prefix of ids. */
  readonly ids: string;
}): Promise<Assigning | null> {
  const { store, todo, repo, path, ids } = given;
  const read = await todo.read(path);
  if (read === null) return null;
  const own = (await todo.read(join(repo, 'TODO.md')))?.text ?? '';
  const stored = (await store.tasks({ repo })).map((task) => task.id);
  const taken = [own, read.text].flatMap((text) => idsIn({ text, ids }));
  const assigned = assignIds({ text: read.text, ids, taken: [...taken, ...stored] });
  const patch = assigned.given.length === 0 ? '' : patchOf({ path, before: read.text, after: assigned.text });
  return { ...assigned, path, before: read.text, patch };
}

/** Writes exactly the text that was shown. */
export async function writeIds(todo: TodoFile, { path, before, text }: Assigning): Promise<void> {
  if (await todo.edit(path, (now) => (now === before ? text : null))) return;
  throw new Fault({
    code: 'todo-changed',
    message: `${path} was changed by another program in the meantime, so no id was written`,
    hint: 'run the command again',
  });
}

export function linesWithout({ given }: Assigned): string {
  return given.length === 1 ? '1 open line has no id' : `${given.length} open lines have no id`;
}
