// The machine on which an attempt's worker runs; null for attempts that were claimed before this column existed, when there
// was only one machine.

export function eighth(): readonly string[] {
  return ['alter table attempts add column host text'];
}
