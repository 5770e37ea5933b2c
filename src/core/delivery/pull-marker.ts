// The hidden marker in everything that we write at a forge: an HTML comment, by which we know our own texts and what they
// are about. Whatever the values are, they cannot end the comment early.

export interface Marker {
  readonly task: string;
  /** What the text is: a pull request's description, an answer, or another comment. */
  readonly is: 'pull' | 'answer' | 'comment';
  /** The review item that is answered; null for other texts. */
  readonly item: string | null;
}

export function marker({ task, is, item }: Marker): string {
  const json = JSON.stringify({ task, is, ...(item === null ? {} : { item }) });
  return `<!-- yardmaster:${json.replace(/[<>-]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)} -->`;
}

/** The first marker in a text; null if it has none, also if a person broke it. */
export function markerIn(text: string): Marker | null {
  for (const [, json = ''] of text.matchAll(/<!-- yardmaster:(\{[^<>]{0,2000}\}) -->/g)) {
    const found = read(json);
    if (found !== null) return found;
  }
  return null;
}

function read(json: string): Marker | null {
  let value: Partial<Record<keyof Marker, unknown>>;
  try {
    // The text begins with a brace, so what is parsed is an object.
    value = JSON.parse(json) as typeof value;
  } catch {
    return null;
  }
  const { task, is, item = null } = value;
  if (typeof task !== 'string' || (item !== null && typeof item !== 'string')) return null;
  return is === 'pull' || is === 'answer' || is === 'comment' ? { task, is, item } : null;
}
