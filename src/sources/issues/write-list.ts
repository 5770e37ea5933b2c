// Writes a task's line and its brief. What a change was planned on is compared with what is there now, right before it is
// written: if a person has changed it meanwhile, nothing is written, and the next round plans again.
import { join } from 'node:path';
import { addLine } from '../../core/sync/add-line.ts';
import { setText, textFields } from '../../core/sync/fields.ts';
import { numberOf } from '../../core/sync/pair-up.ts';
import type { Change } from '../../core/sync/sync-plan.ts';
import { valuesOfLine } from '../../core/sync/values.ts';
import { writeLine, type Written } from '../../core/sync/write-line.ts';
import { parseTodo } from '../../core/todo/line.ts';
import type { TodoList } from '../../core/todo/words.ts';
import type { SyncPoint } from '../../ports/issue-sync.ts';
import type { TodoFile } from '../../ports/todo-file.ts';

export interface ListAt {
  readonly file: TodoFile;
  readonly repo: string;
  readonly ids: string;
  readonly intake: string;
  readonly passing: (point: SyncPoint) => void;
}

type Edit = (now: { readonly list: TodoList; readonly brief: string | null }) => Written | null;

/** How often it is tried again because somebody else wrote in between. */
const mostTries = 5;

export function changeLine(at: ListAt, change: Change & { readonly do: 'write-line' }): Promise<boolean> {
  const { task: id, from, set } = change;
  return write(at, id, ({ list, brief }) => {
    const todo = parseTodo(list).tasks.find((one) => one.id === id);
    if (todo === undefined) return null;
    // Which dependencies can be named depends on the other issues. They are added and removed one by one, so none is lost.
    const now = valuesOfLine({ ids: at.ids, intake: at.intake, numbers: new Map(), todo, brief });
    const isSame = textFields.every((field) => now[field] === from[field]) && setText(now.tags) === setText(from.tags);
    return isSame ? writeLine({ list, id, brief, set }) : null;
  });
}

export function newLine(at: ListAt, { line }: Change & { readonly do: 'add-line' }): Promise<boolean> {
  return write(at, line.id, ({ list }) => {
    const isTaken = parseTodo(list).tasks.some((todo) => todo.id === line.id || numberOf(todo) === line.ref);
    return isTaken ? null : addLine({ list, line });
  });
}

/** Lets a line name its issue. */
export function nameIssue(at: ListAt, { id, number }: { readonly id: string; readonly number: number }): Promise<boolean> {
  return write(at, id, ({ list, brief }) => {
    const todo = parseTodo(list).tasks.find((one) => one.id === id);
    return todo === undefined || numberOf(todo) !== null ? null : writeLine({ list, id, brief, set: { ref: number } });
  });
}

async function write(at: ListAt, id: string, edit: Edit): Promise<boolean> {
  const { file, repo, ids, passing } = at;
  const path = join(repo, 'TODO.md');
  for (let tries = 0; tries < mostTries; tries += 1) {
    const read = await file.read(path);
    const brief = await file.brief(repo, id);
    const written = read === null ? null : edit({ list: { text: read.text, ids }, brief });
    if (read === null || written === null) return false;
    // The brief comes first: a line that names a brief which is not there would say that the text was removed.
    if (written.brief !== null) {
      if (!(await file.setBrief({ root: repo, id, from: brief, text: written.brief }))) return false;
      passing('brief-written');
    }
    let isSame = true;
    await file.edit(path, (text) => {
      isSame = text === read.text;
      return isSame ? written.text : null;
    });
    if (!isSame) continue;
    passing('line-written');
    return true;
  }
  return false;
}
