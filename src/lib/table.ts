// Aligned text columns.
import stringWidth from 'string-width';
import { visible } from './visible.ts';

/** Columns as wide as their widest cell, two spaces apart; a row of strings per line, no trailing spaces. */
export function table(given: readonly (readonly string[])[]): string {
  const rows = given.map((row) => row.map(visible));
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, stringWidth(cell))));
  return rows
    .map(
      (row) =>
        row
          .map((cell, i) => cell + ' '.repeat((widths[i] ?? 0) - stringWidth(cell)))
          .join('  ')
          .trimEnd() + '\n',
    )
    .join('');
}

/** One line of at most `width` columns. */
export function clip(text: string, width: number): string {
  const line = visible(text.replace(/\s+/g, ' ').trim());
  if (stringWidth(line) <= width) return line;
  let kept = '';
  for (const character of line) {
    if (stringWidth(kept + character) >= width) break;
    kept += character;
  }
  return `${kept}…`;
}

/** `4s`, `1m02s`, `2h05m`. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const pad = (value: number): string => String(value).padStart(2, '0');
  if (minutes === 0) return `${seconds}s`;
  if (minutes < 60) return `${minutes}m${pad(seconds % 60)}s`;
  return `${Math.floor(minutes / 60)}h${pad(minutes % 60)}m`;
}

export function dollars(usd: number): string {
  return usd === 0 ? '$0' : `$${usd.toFixed(usd < 0.01 ? 4 : 2)}`;
}
