// Times in the rules are numbers: milliseconds since the Unix epoch. The rules never read a clock; their callers pass the
// time in.

export type Instant = number;
export type Duration = number;

export const second: Duration = 1000;
export const minute: Duration = 60 * second;
export const hour: Duration = 60 * minute;

/** `2h`, `30m`, `1d`, `1h30m` → milliseconds (a day is 8 working hours); null if the text is no estimate. */
export function parseEstimate(text: string): Duration | null {
  const match = /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?$/.exec(text);
  if (match === null || text === '') return null;
  const [, days, hours, minutes] = match;
  return Number(days ?? 0) * 8 * hour + Number(hours ?? 0) * hour + Number(minutes ?? 0) * minute;
}
