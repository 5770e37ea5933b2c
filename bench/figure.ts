// A figure consists of rows of measured values. Each row has the limit that the same machine showed in the same run, and
// the bar of issue 3 if there is one. A figure that cannot be measured throws, and the report says why.
import type { Ground } from './ground.ts';

export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** In the row's own unit: the cost of the minimal work on this machine that could achieve the same. */
  readonly limit: { readonly what: string; readonly value: number } | null;
  readonly bar: Bar | null;
  readonly note?: string;
}

/** Applies to the value itself, or to its ratio to the limit. */
export type Bar = { readonly of: 'value' | 'ratio' } & ({ readonly most: number } | { readonly least: number });

export interface Figure {
  readonly name: string;
  /** Says what is measured, from where to where, and what is left out. */
  readonly says: string;
  take(ground: Ground): Promise<readonly Row[]>;
}

/** The result of a figure; `untaken` says why there is none. */
export interface Taken {
  readonly figure: string;
  readonly says: string;
  readonly rows: readonly Row[];
  readonly untaken: string | null;
}

export function ratioOf(row: Row): number | null {
  return row.limit === null || row.limit.value === 0 ? null : row.value / row.limit.value;
}

/** Null if the row has no bar. */
export function holds(row: Row): boolean | null {
  if (row.bar === null) return null;
  const measured = row.bar.of === 'value' ? row.value : ratioOf(row);
  if (measured === null) return null;
  return 'most' in row.bar ? measured <= row.bar.most : measured >= row.bar.least;
}
