// Days and weeks as the person at this machine counts them. The calendar decides and not 24 hours, because two days of a
// year are longer or shorter.

/** Midnight at the beginning of the day of `at`, or of the day that is `days` later. */
export function dayStart(at: number, days = 0): number {
  const day = new Date(at);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days).getTime();
}

/** Midnight at the beginning of that week's Monday. */
export function weekStart(at: number): number {
  return dayStart(at, -((new Date(at).getDay() + 6) % 7));
}

/** Such as `2026-11-23`. */
export function dayName(at: number): string {
  const day = new Date(at);
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${day.getFullYear()}-${pad(day.getMonth() + 1)}-${pad(day.getDate())}`;
}
