// What each attempt and each trial of a sign-in used, by model. A trial has no task, and an id of its own in place of an
// attempt's id. Earlier attempts enter the ledger with what was stored of them: one model each, and no record of what had
// been asked for.
import type { Words } from '../engine.ts';

export function fifth({ clustered }: Words): readonly string[] {
  return [
    // Clustered by attempt, so a closed attempt writes its rows to one page; each index writes another page. Sums by day
    // and by task are needed at every dispatch with a budget, sums by account only if the budget has accounts.
    `create table ledger (
      attempt text not null,
      model text not null,
      task_key integer references tasks (key),
      at bigint not null,
      agent text not null,
      account text,
      billing text not null,
      tokens_input bigint not null,
      tokens_output bigint not null,
      tokens_cache_read bigint not null,
      tokens_cache_write bigint not null,
      charged bigint,
      equivalent bigint,
      source text not null,
      requested_model text not null,
      requested_tier text,
      tier text,
      primary key (attempt, model)
    ) ${clustered}`,
    `insert into ledger select id, model, task_key, coalesce(ended_at, started_at), agent, account,
        case coalesce(billing, route_billing) when 'subscription' then 'subscription' else 'token' end,
        tokens_input, tokens_output, tokens_cache_read, tokens_cache_write,
        case when coalesce(billing, route_billing) = 'subscription' then 0 when cost > 0 then cost end,
        case when cost > 0 then cost end,
        case when cost > 0 then 'agent' else 'none' end,
        model, null, null
      from attempts
      where state = 'closed' and cost + tokens_input + tokens_output + tokens_cache_read + tokens_cache_write > 0`,
    'create index ledger_by_time on ledger (at, charged)',
    'create index ledger_by_task on ledger (task_key)',
    'create index ledger_by_account on ledger (account, charged)',
  ];
}
