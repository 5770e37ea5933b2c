// On which other task's branch the work of a task builds.

export function eighteenth(): readonly string[] {
  return ['alter table deliveries add column stacked_on text'];
}
