// Which commit of its base contains the work, if it was merged without a forge: evidence is text for people, and tasks that
// build on the work need the fact.

export function seventeenth(): readonly string[] {
  return ['alter table deliveries add column merged text'];
}
