// The record of a delivery's pull request, as one JSON document, and for which answer to a forge an attempt was opened: a
// program that knows neither would finish a task whose pull request is open.

export function sixteenth(): readonly string[] {
  return ['alter table deliveries add column pull text', 'alter table attempts add column answer text'];
}
