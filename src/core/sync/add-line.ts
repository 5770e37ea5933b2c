// The line that an issue becomes. It is written like every new line, below the last open task.
import { addToTodo } from '../todo/add.ts';
import { nullFor } from '../fault.ts';
import { isToken, type TodoList } from '../todo/words.ts';
import { writeLine, type Written } from './write-line.ts';

export interface NewLine {
  readonly id: string;
  /** In its common form. */
  readonly title: string;
  /** Names without the `#`, as they are written. */
  readonly tags: readonly string[];
  readonly assignee: string;
  readonly ref: number;
  readonly body: string;
}

function briefPath(id: string): string {
  return `todo/tasks/${id}-brief.md`;
}

/** Answers null if the list cannot say it. A text that becomes a brief is named in the line. */
export function addLine({ list, line }: { readonly list: TodoList; readonly line: NewLine }): Written | null {
  const { id, title, tags, assignee, ref, body } = line;
  const own = tags.filter((tag) => isToken({ text: `#${tag}`, name: 'tag', ids: list.ids }));
  try {
    const text = addToTodo(list, { id, title, tags: own, model: null, agent: null, role: null, mcp: null, blockedBy: [] });
    const set = { ref, ...(assignee === '' ? {} : { assignee }), ...(body === '' ? {} : { body }) };
    const written = writeLine({ list: { ...list, text }, id, brief: null, set });
    if (written === null || written.brief === null) return written;
    return writeLine({ list: { ...list, text }, id, brief: null, set: { ...set, plan: briefPath(id) } });
  } catch (error) {
    return nullFor('usage', 'todo-unwritable')(error);
  }
}
