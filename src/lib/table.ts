// Aligns text in columns.
import stringWidth from 'string-width';
import { colours, visible } from './visible.ts';

/** Columns are as wide as their widest cell and two spaces apart; each row becomes a line without trailing spaces. */
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

/**
 * Limit of UTF-16 units per column: a letter with its combining marks and the longest emoji need fewer. Combining marks
 * have no width and could otherwise go on without end.
 */
const mostUnits = 32;

/** Created when it is first needed, because most commands cut no text. */
let characters: Intl.Segmenter | null = null;

/**
 * One line of at most `width` columns, cut between whole characters. Our colour sequences all stay, so no colour
 * continues behind the line.
 */
export function clip(text: string, width: number): string {
  const line = visible(text.replace(/\s+/g, ' ').trim());
  if (width === Infinity) return line;
  characters ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  let [columns, units] = [0, 0];
  let [whole, short, isOver] = ['', '', false];
  for (const part of line.split(colours)) {
    if (colours.test(part)) {
      whole += part;
      short += part;
      continue;
    }
    // Each character is measured by itself: measuring the line again for each character would take quadratic time.
    for (const { segment } of isOver ? [] : characters.segment(part)) {
      columns += stringWidth(segment);
      units += segment.length;
      isOver = columns > width || units > width * mostUnits;
      if (isOver) {
        short += '…';
        break;
      }
      whole += segment;
      if (columns < width && units < width * mostUnits) short += segment;
    }
  }
  return isOver ? short : whole;
}

/** Such as `4s`, `1m02s`, `2h05m`. */
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
