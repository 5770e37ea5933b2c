// The machine on which an attempt's worker runs; null: claimed before it was stored, when there was but one.

export function eighth(): readonly string[] {
  return ['alter table attempts add column host text'];
}
