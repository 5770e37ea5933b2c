// Shortens foreign text to one line.

/** Folds line ends and white space, and cuts to `to` characters. Text beyond what can remain is not even scanned. */
export function clip(text: string, to: number): string {
  const line = text
    .slice(0, 8 * to)
    .replace(/\s+/g, ' ')
    .trim();
  // A cut must not leave half of a surrogate pair.
  return line.length > to ? `${line.slice(0, to - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : line;
}
