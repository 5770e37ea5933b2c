// Foreign lines of JSON: parsed without throwing, and shown to people on one line.

/** undefined: not JSON. */
export function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}

/** Any value as one line of at most 300 characters. */
export function oneLine(value: unknown): string {
  // Single spaces are not replaced: replacing each of them was a fifth of what a transcript allocates.
  const line = asText(value)
    .slice(0, 2000)
    .replace(/\s{2,}|[^\S ]/g, ' ')
    .trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    // A parsed value may still be nested too deeply to be written again.
    return '…';
  }
}
