// The ledger: an attempt's rows are written in the transaction that ends the attempt. The database sums them up, so that no
// caller has to.
import type { Spending, TaskSpending } from '../core/money/budget.ts';
import type { Booking, LedgerEntry, LedgerGroup, LedgerSum, Period, Store } from '../ports/store.ts';
import type { Reader, Writer } from './engine.ts';
import { tokenColumns } from './rows.ts';
import type { LedgerTableRow } from './schema.ts';
import { listed, record, sql, type Sql } from './sql.ts';

export async function addToLedger(
  tx: Writer,
  given: Booking & { /** Null for a trial of a sign-in. */ readonly taskKey: number | null },
): Promise<void> {
  for (const row of given.rows) {
    const columns = {
      attempt: given.id,
      model: row.model,
      task_key: given.taskKey,
      at: given.at,
      agent: given.agent,
      account: row.account,
      billing: row.billing,
      ...tokenColumns(row.tokens),
      charged: row.charged,
      equivalent: row.equivalent,
      source: row.source,
      requested_model: row.requestedModel,
      requested_tier: row.requestedTier,
      tier: row.tier,
    } satisfies LedgerTableRow;
    await tx.run(sql`insert into ledger ${record(columns)}`);
  }
}

const nothing = sql`cast(null as text)`;

/** The name and the detail of each group. Grouping by task or batch needs the tasks table. */
const groups: Readonly<Record<LedgerGroup, readonly [name: Sql, detail: Sql]>> = {
  all: [nothing, nothing],
  account: [sql`ledger.account`, sql`ledger.billing`],
  model: [sql`ledger.model`, nothing],
  batch: [sql`tasks.batch`, nothing],
  task: [sql`tasks.id`, sql`tasks.repo`],
  tier: [sql`coalesce(requested_tier, requested_model)`, sql`coalesce(tier, ledger.model)`],
};

const allTokens = sql`tokens_input + tokens_output + tokens_cache_read + tokens_cache_write`;

export async function ledgerSums(read: Reader, given: Parameters<Store['ledgerSums']>[0]): Promise<readonly LedgerSum[]> {
  const { from, to, by } = given;
  const [name, detail] = groups[by];
  const tasks = by === 'batch' || by === 'task' ? sql`join tasks on tasks.key = task_key` : sql``;
  const rows = await read.all<Omit<LedgerSum, 'tokens'> & LedgerSum['tokens']>(sql`
    select ${name} as name, ${detail} as detail, count(distinct case when task_key is not null then attempt end) as attempts,
      sum(tokens_input) as input, sum(tokens_output) as output, sum(tokens_cache_read) as "cacheRead", sum(tokens_cache_write) as "cacheWrite",
      coalesce(sum(charged), 0) as charged, coalesce(sum(equivalent), 0) as equivalent,
      sum(case when equivalent is null then 1 else 0 end) as unknown
    from ledger ${tasks} where at >= ${from} and at < ${to}
    group by 1, 2 order by charged desc, equivalent desc, sum(${allTokens}) desc, name, detail`);
  return rows.map(({ input, output, cacheRead, cacheWrite, ...sum }) => ({ ...sum, tokens: { input, output, cacheRead, cacheWrite } }));
}

interface EntryRow extends LedgerTableRow {
  readonly number: number | null;
  readonly repo: string | null;
  readonly task_id: string | null;
  readonly batch: string | null;
}

export async function listLedger(read: Reader, { from, to }: Period): Promise<readonly LedgerEntry[]> {
  const rows = await read.all<EntryRow>(sql`
    select ledger.*, attempts.number, tasks.repo, tasks.id as task_id, tasks.batch
    from ledger left join attempts on attempts.id = attempt left join tasks on tasks.key = ledger.task_key
    where at >= ${from} and at < ${to} order by at, attempt, ledger.model`);
  return rows.map(toEntry);
}

function toEntry(row: EntryRow): LedgerEntry {
  return {
    attempt: row.attempt,
    number: row.number,
    agent: row.agent,
    repo: row.repo,
    taskId: row.task_id,
    batch: row.batch,
    at: row.at,
    model: row.model,
    account: row.account,
    billing: row.billing,
    tokens: { input: row.tokens_input, output: row.tokens_output, cacheRead: row.tokens_cache_read, cacheWrite: row.tokens_cache_write },
    charged: row.charged,
    equivalent: row.equivalent,
    source: row.source,
    requestedModel: row.requested_model,
    requestedTier: row.requested_tier,
    tier: row.tier,
  };
}

interface SpendingRow {
  readonly what: 'day' | 'account' | 'batch' | 'task';
  readonly name: string;
  readonly key: number;
  readonly repo: string;
  readonly charged: number;
  readonly tokens: number;
}

/**
 * A single statement, so all figures are of the same moment. Finished tasks add no cost beyond the sums of the day and of
 * the accounts.
 */
export async function spending(read: Reader, given: Parameters<Store['spending']>[0]): Promise<Spending> {
  const accounts =
    given.accounts.length === 0
      ? sql``
      : sql`union all select 'account', account, 0, '', coalesce(sum(charged), 0), 0 from ledger
          where account in ${listed(given.accounts)} group by account`;
  const rows = await read.all<SpendingRow>(sql`
    select 'day' as what, '' as name, 0 as key, '' as repo, coalesce(sum(charged), 0) as charged, 0 as tokens from ledger
      where at >= ${given.since}
    ${accounts}
    union all select 'batch', tasks.batch, 0, '', coalesce(sum(charged), 0), 0 from tasks join ledger on task_key = tasks.key
      where tasks.batch in (select batch from tasks where state in ('queued', 'running') and batch is not null) group by tasks.batch
    union all select 'task', tasks.id, tasks.key, tasks.repo, coalesce(sum(charged), 0), sum(${allTokens})
      from tasks join ledger on task_key = tasks.key where tasks.state in ('queued', 'running') group by tasks.key, tasks.id, tasks.repo`);
  const sumsOf = (what: SpendingRow['what']): Map<string, number> =>
    new Map(rows.flatMap((row) => (row.what === what ? [[row.name, row.charged]] : [])));
  const tasks = rows.flatMap(({ what, key, repo, name, charged, tokens }): [number, TaskSpending][] =>
    what === 'task' ? [[key, { repo, id: name, charged, tokens }]] : [],
  );
  return { day: sumsOf('day').get('') ?? 0, accounts: sumsOf('account'), batches: sumsOf('batch'), tasks: new Map(tasks) };
}
