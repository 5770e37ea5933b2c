// The texts about a field that both sides have changed.
import { clip } from '../clip.ts';
import type { Field } from './fields.ts';
import type { ConflictOf } from './issues-state.ts';

const names: Readonly<Record<Field, string>> = {
  title: 'title',
  body: 'text',
  state: 'state',
  assignee: 'assignee',
  tags: 'tags',
  blockedBy: 'dependencies',
};

const longest = 60;

export function conflictText({ task, number, field, why, todo, issue }: ConflictOf): string {
  const values = `TODO.md says ${quoted(todo)}, issue #${number} says ${quoted(issue)}`;
  const isMany = field === 'tags' || field === 'blockedBy';
  switch (why) {
    case 'behind':
      return `the ${names[field]} of ${task} in TODO.md may be older than issue #${number}: ${values}`;
    case 'first':
      return `the ${names[field]} of ${task} ${isMany ? 'differ' : 'differs'}: ${values}`;
    case 'both':
      return `the ${names[field]} of ${task} ${isMany ? 'were' : 'was'} changed on both sides: ${values}`;
  }
}

function quoted(value: string): string {
  return value === '' ? 'nothing' : `“${clip(value, longest)}”`;
}

/** What settles it. */
export function conflictCommand({ task, field }: Pick<ConflictOf, 'task' | 'field'>): string {
  return `yardmaster issues resolve ${task} --keep todo|issue --field ${field}`;
}
