// Formats times for output: ISO 8601 in UTC, from milliseconds since the epoch.

export function iso(at: number): string;
export function iso(at: number | null): string | null;
export function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
