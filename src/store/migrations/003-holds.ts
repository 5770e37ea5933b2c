// Holds: one row per held task, for as long as it is held.

export function third(): readonly string[] {
  return [
    `create table holds (
      task_key integer primary key not null references tasks (key),
      holder text not null,
      what text not null,
      at bigint not null
    )`,
  ];
}
