// What happened, in order, for programs that follow it: a change of a task's state is entered in the same transaction.
// Earlier events have no entries; the transitions of each task list them.
import type { Words } from '../engine.ts';

export function fourteenth({ numbered }: Words): readonly string[] {
  // No index and no counter: each would be one more page that every claim and closing writes.
  return [
    `create table feed (mark ${numbered}, at bigint not null, type text not null, repo text, task text, attempt text, facts text not null)`,
  ];
}
