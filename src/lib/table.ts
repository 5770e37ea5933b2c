// Aligned text columns.
import stringWidth from 'string-width';
import { colours, visible } from './visible.ts';

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

/** For each column: a letter with its marks and the longest emoji take fewer. A mark without a width can be said for ever. */
const mostUnits = 32;

/** Made when it is first needed: most commands cut nothing. */
let characters: Intl.Segmenter | null = null;

/** One line of at most `width` columns, of whole characters. Our colours all stay, so that none goes on behind it. */
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
    // Measured one by one: to measure the line anew for each would cost the square of its length.
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
