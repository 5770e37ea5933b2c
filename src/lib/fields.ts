// Fields of JSON that somebody else wrote, read leniently: what is of another type than expected counts as absent, so
// that a new version's change costs a fact, not the run. By hand, because a schema that catches each wrong field took
// three times as long as JSON.parse of the same line.

export type Fields = Readonly<Record<string, unknown>>;

/** Both ends included. */
export type Range = readonly [least: number, most: number];

/** null: no object, or a list. */
export function fields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** Empty where there is none. */
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
