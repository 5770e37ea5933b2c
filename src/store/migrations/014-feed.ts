// What happened, in its order, for whoever follows: a change of a task's state is entered with the change itself. Of what
// happened before there is no entry; the transitions of each task tell it.
import type { Words } from '../engine.ts';

export function fourteenth({ numbered }: Words): readonly string[] {
  // No index and no counter: each would be one more page that every claim and closing writes.
  return [
    `create table feed (mark ${numbered}, at bigint not null, type text not null, repo text, task text, attempt text, facts text not null)`,
  ];
}
