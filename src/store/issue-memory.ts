// What is remembered of each task and its issue. Its documents are read and written by the rules of the sync alone.
import type { Remembered } from '../core/sync/sync-facts.ts';
import type { IssueMemory, IssuesOf } from '../ports/issue-memory.ts';
import type { Engine, Reader } from './engine.ts';
import type { RememberedIssueRow } from './schema.ts';
import { record, sql } from './sql.ts';

export async function rememberedIssues(read: Reader, { repo, forge }: IssuesOf): Promise<ReadonlyMap<string, Remembered>> {
  const rows = await read.all<RememberedIssueRow>(
    sql`select * from remembered_issues where repo = ${repo} and forge = ${forge} order by task`,
  );
  return new Map(rows.map((row) => [row.task, toRemembered(row)]));
}

function toRemembered({ number, own, next, common }: RememberedIssueRow): Remembered {
  return {
    number,
    own: JSON.parse(own) as Remembered['own'],
    next: next === null ? null : (JSON.parse(next) as Remembered['own']),
    values: JSON.parse(common) as Remembered['values'],
  };
}

export function rememberIssue(engine: Engine, given: Parameters<IssueMemory['rememberIssue']>[0]): Promise<void> {
  const { repo, forge, task, change } = given;
  return engine.write(async (tx) => {
    const row = await tx.one<RememberedIssueRow>(
      sql`select * from remembered_issues where repo = ${repo} and forge = ${forge} and task = ${task}`,
    );
    const after = change(row === undefined ? null : toRemembered(row));
    if (after === null) return;
    const { number, own, next, values } = after;
    const written = {
      ...{ repo, forge, task, number },
      own: JSON.stringify(own),
      next: next === null ? null : JSON.stringify(next),
      common: JSON.stringify(values),
    } satisfies RememberedIssueRow;
    await tx.run(sql`
      insert into remembered_issues ${record(written)} on conflict (repo, forge, task)
      do update set number = excluded.number, own = excluded.own, next = excluded.next, common = excluded.common`);
  });
}
