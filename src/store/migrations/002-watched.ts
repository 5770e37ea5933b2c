// What a supervisor that runs for a long time needs: who supervises, what a person was told, what runs on a schedule, and
// how much memory workers needed.
import type { Words } from '../engine.ts';

export function second({ selfNumbered, clustered }: Words): readonly string[] {
  return [
    'create table supervisors (holder text primary key not null, kind text not null, pid integer not null, started_at bigint not null, wish text)',
    'create table notices (key text primary key not null, at bigint not null)',
    `create table schedules (
      id ${selfNumbered},
      repo text not null,
      cron text not null,
      target_kind text not null,
      target_name text not null,
      next_at bigint not null,
      last_at bigint,
      missed integer not null,
      created_at bigint not null
    )`,
    // Clustered by task, a transition is one page of the log instead of three (row, index, counter), which were half of the
    // pages that claims and closings write.
    `create table moves (
      task_key integer not null references tasks (key),
      number integer not null,
      from_state text not null,
      to_state text not null,
      reason text not null,
      at bigint not null,
      primary key (task_key, number)
    ) ${clustered}`,
    `insert into moves select task_key, row_number() over (partition by task_key order by id), from_state, to_state, reason, at
      from transitions`,
    'drop table transitions',
    'alter table moves rename to transitions',
    'alter table attempts add column peak_memory bigint',
    `create index attempts_by_peak on attempts (agent, ended_at, id, peak_memory) where state = 'closed' and peak_memory is not null`,
  ];
}
