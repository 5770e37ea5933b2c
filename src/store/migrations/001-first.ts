// The first schema. It is portable, except for the self-numbering keys, for which each dialect has its own words. Finished
// tasks and attempts accumulate without limit, so the rows that a pulse needs (queued tasks, open attempts) have their own
// indexes.
import type { Words } from '../engine.ts';

export function first(words: Words): readonly string[] {
  return [repos, batches, ...tasks(words), ...attempts];
}

const repos = 'create table repos (root text primary key not null, added_at bigint not null)';

const batches = `create table batches (
  name text primary key not null,
  state text not null,
  concurrency integer not null,
  created_at bigint not null
)`;

function tasks({ selfNumbered }: Words): readonly string[] {
  return [
    `create table tasks (
      key ${selfNumbered},
      repo text not null,
      id text not null,
      title text not null,
      body text,
      tags text not null,
      model text,
      agent text,
      blocked_by text not null,
      batch text,
      estimate bigint,
      line text not null,
      wanted integer not null,
      state text not null,
      reason text not null,
      not_before bigint,
      retries integer not null,
      attempts integer not null,
      count_from integer not null,
      branch text,
      base text,
      worktree text,
      delivered_commit text,
      pr_url text,
      evidence text,
      created_at bigint not null,
      updated_at bigint not null,
      constraint one_task_per_repo_and_id unique (repo, id)
    )`,
    'create index tasks_by_state on tasks (state, repo)',
    'create index tasks_by_batch on tasks (batch, state) where batch is not null',
    'create index tasks_with_worktree on tasks (state, repo) where worktree is not null',
    `create table transitions (
      id ${selfNumbered},
      task_key integer not null references tasks (key),
      from_state text not null,
      to_state text not null,
      reason text not null,
      at bigint not null
    )`,
    'create index transitions_by_task on transitions (task_key)',
  ];
}

const attempts: readonly string[] = [
  `create table attempts (
    id text primary key not null,
    task_key integer not null references tasks (key),
    number integer not null,
    state text not null,
    agent text not null,
    model text not null,
    account text,
    route_billing text,
    place text not null,
    reasons text not null,
    session text,
    launch text,
    stop text,
    worktree text,
    branch text,
    out_offset bigint not null,
    err_offset bigint not null,
    last_event_at bigint,
    started_at bigint not null,
    ended_at bigint,
    exit text,
    verdict text,
    billing text,
    cost bigint not null,
    tokens_input bigint not null,
    tokens_output bigint not null,
    tokens_cache_read bigint not null,
    tokens_cache_write bigint not null,
    steps integer not null,
    commits integer not null,
    holder text,
    fence integer not null,
    lease_until bigint not null,
    event_count integer not null,
    constraint attempts_are_numbered unique (task_key, number)
  )`,
  // Serves two purposes: the database itself refuses a second open attempt, and open attempts are found without reading
  // closed ones.
  `create unique index one_open_attempt_per_task on attempts (task_key) where state <> 'closed'`,
  `create table events (
    attempt text not null references attempts (id),
    seq integer not null,
    at bigint not null,
    event text not null,
    constraint events_in_order primary key (attempt, seq)
  )`,
];
