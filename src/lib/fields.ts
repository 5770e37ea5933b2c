// Reads fields of foreign JSON leniently: a value of an unexpected type counts as absent, so that a change in a new version
// of a program loses one fact and not the whole run. Written by hand, because a schema that catches each wrong field took
// three times as long as JSON.parse of the same line.

export type Fields = Readonly<Record<string, unknown>>;

/** Both bounds are included. */
export type Range = readonly [least: number, most: number];

/** null if the value is no object, or is a list. */
export function fields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** Empty if the value is no list. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

export function numberIn(value: unknown, [least, most]: Range): number | null {
  return typeof value === 'number' && value >= least && value <= most ? value : null;
}

export function wholeIn(value: unknown, range: Range): number | null {
  return Number.isInteger(value) ? numberIn(value, range) : null;
}
