// What is remembered of each task and its issue: the values that both had in common last. Without it, a sync goes by the
// marker in the issue alone.

export function nineteenth(): readonly string[] {
  return [
    `create table remembered_issues (
      repo text not null,
      forge text not null,
      task text not null,
      number integer not null,
      own text not null,
      next text,
      common text not null,
      primary key (repo, forge, task)
    )`,
  ];
}
