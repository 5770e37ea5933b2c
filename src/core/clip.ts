// Words of others in one line of ours.

/** Line ends and runs of white space folded, cut to so many characters; what would be cut anyway is not looked at. */
export function clip(text: string, to: number): string {
  const line = text
    .slice(0, 8 * to)
    .replace(/\s+/g, ' ')
    .trim();
  // Not in the middle of a character of two halves.
  return line.length > to ? `${line.slice(0, to - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : line;
}
