// The role that tasks and batches name for their workers (null: they say nothing), and the one that a worker had.

export function seventh(): readonly string[] {
  return ['tasks', 'batches', 'attempts'].map((table) => `alter table ${table} add column role text`);
}
