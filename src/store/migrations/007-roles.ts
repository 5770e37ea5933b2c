// The role that tasks and batches request for their workers (null if they do not say), and the role that a worker had.

export function seventh(): readonly string[] {
  return ['tasks', 'batches', 'attempts'].map((table) => `alter table ${table} add column role text`);
}
