// Where a task's checkout is, and how its work arrives, become separate records beside the task: `sites` as long as there
// is a checkout, `deliveries` for ever. The values in the task's row move there.

export function thirteenth(): readonly string[] {
  return [
    `create table sites (
      task_key integer primary key not null references tasks (key),
      checkout text not null
    )`,
    `create table deliveries (
      task_key integer primary key not null references tasks (key),
      branch text,
      base text,
      delivered_commit text,
      evidence text
    )`,
    'insert into sites (task_key, checkout) select key, worktree from tasks where worktree is not null',
    `insert into deliveries (task_key, branch, base, delivered_commit, evidence)
      select key, branch, base, delivered_commit, evidence from tasks
      where coalesce(branch, base, delivered_commit, evidence) is not null`,
    'drop index tasks_with_worktree',
    ...['branch', 'base', 'worktree', 'delivered_commit', 'evidence'].map((column) => `alter table tasks drop column ${column}`),
  ];
}
