// Shortens foreign text, never in the middle of a character.

/** Folds line ends and white space, and cuts to `to` characters. Text beyond what can remain is not even scanned. */
export function clip(text: string, to: number): string {
  const line = text
    .slice(0, 8 * to)
    .replace(/\s+/g, ' ')
    .trim();
  // A cut must not leave half of a surrogate pair.
  return line.length > to ? `${line.slice(0, to - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : line;
}

/** At most `limit` characters from the beginning of a text; line ends stay. */
export function cutTo({ text, limit }: { readonly text: string; readonly limit: number }): string {
  return text.length > limit ? text.slice(0, limit).replace(/[\uD800-\uDBFF]$/, '') : text;
}

/** At most `limit` characters from the end of a text; line ends stay. */
export function endOf({ text, limit }: { readonly text: string; readonly limit: number }): string {
  return text.length > limit ? text.slice(text.length - limit).replace(/^[\uDC00-\uDFFF]/, '') : text;
}
