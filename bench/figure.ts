// What a figure is: rows of measured values, each with the limit that the same machine showed in the same run, and the
// bar of issue 3 where it has one. A figure that cannot be taken throws, and the report says why.
import type { Ground } from './ground.ts';

export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** In the row's own unit: what the machine itself needs for the least that could do the same. */
  readonly limit: { readonly what: string; readonly value: number } | null;
  readonly bar: Bar | null;
  readonly note?: string;
}

/** Of the value itself, or of its ratio to the limit. */
export type Bar = { readonly of: 'value' | 'ratio' } & ({ readonly most: number } | { readonly least: number });

export interface Figure {
  readonly name: string;
  /** What is measured, from where to where, and what is left out. */
  readonly says: string;
  take(ground: Ground): Promise<readonly Row[]>;
}

/** What became of a figure; `untaken` says why it could not be. */
export interface Taken {
  readonly figure: string;
  readonly says: string;
  readonly rows: readonly Row[];
  readonly untaken: string | null;
}

export function ratioOf(row: Row): number | null {
  return row.limit === null || row.limit.value === 0 ? null : row.value / row.limit.value;
}

/** null: the row has no bar. */
export function holds(row: Row): boolean | null {
  if (row.bar === null) return null;
  const measured = row.bar.of === 'value' ? row.value : ratioOf(row);
  if (measured === null) return null;
  return 'most' in row.bar ? measured <= row.bar.most : measured >= row.bar.least;
}
