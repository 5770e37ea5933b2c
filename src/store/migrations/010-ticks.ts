// What we wrote into a task's line each time we ticked it. Of ticks from before nothing is known: a line with one of them that
// is opened is told, and its task is not done again.

export function tenth(): readonly string[] {
  return [`alter table tasks add column ticks text not null default '[]'`];
}
