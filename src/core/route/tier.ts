// Tiers: names that stand for a `provider/model`, and tables of their replacements.
import { undated } from '../money/prices.ts';

export type Tiers = Readonly<Record<string, string>>;

/** If several tiers have the same model, the tier that was asked for, else the first. */
export function tierOf(given: { readonly model: string; readonly tiers: Tiers; readonly prefer?: string | null }): string | null {
  const same = Object.entries(given.tiers).flatMap(([tier, model]) => (undated(model) === undated(given.model) ? [tier] : []));
  return same.find((tier) => tier === given.prefer) ?? same[0] ?? null;
}

/** The table's entry for a tier or model, by its own name or by the name of its tier; null if there is none. */
export function entryOf<T>(given: {
  readonly table: Readonly<Record<string, T>>;
  readonly wanted: string;
  readonly tiers: Tiers;
}): T | null {
  const { table, wanted, tiers } = given;
  const names = [wanted, tierOf({ model: wanted, tiers })];
  return Object.entries(table).find(([name]) => names.includes(name))?.[1] ?? null;
}

/** The model of a tier; any other word stands for itself. */
export function modelOf(given: { readonly word: string; readonly tiers: Tiers }): string {
  const { word, tiers } = given;
  return (Object.hasOwn(tiers, word) ? tiers[word] : undefined) ?? word;
}
