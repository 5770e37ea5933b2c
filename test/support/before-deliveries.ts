// A database as the version before 013 wrote it: where a task's checkout is, and how its work arrived, in the task's row.
import type { DatabaseSync } from 'node:sqlite';

const columns = { branch: 'deliveries', base: 'deliveries', worktree: 'sites', delivered_commit: 'deliveries', evidence: 'deliveries' };

export function asBeforeDeliveries(database: DatabaseSync): void {
  for (const [column, table] of Object.entries(columns)) {
    const known = column === 'worktree' ? 'checkout' : column;
    database.exec(`alter table tasks add column ${column} text`);
    database.exec(`update tasks set ${column} = (select ${known} from ${table} where task_key = key)`);
  }
  database.exec(`drop table sites; drop table deliveries`);
  database.exec('create index tasks_with_worktree on tasks (state, repo) where worktree is not null');
  database.exec(`delete from kysely_migration where name = '013-deliveries'`);
}
