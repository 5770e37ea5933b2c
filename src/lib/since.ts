// Parses a point in the past as people write it.

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/**
 * `90m`, `24h`, `7d`, `2w` before `now`, or a date or time in ISO 8601 (a date alone means its local midnight); null if
 * it is neither.
 */
export function parseSince(text: string, now: number): number | null {
  const [, amount, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  if (amount !== undefined) return now - Number(amount) * (units[unit] ?? 0);
  if (!/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/.test(text)) return null;
  const at = Date.parse(text.includes('T') ? text : `${text}T00:00`);
  return Number.isNaN(at) ? null : at;
}
