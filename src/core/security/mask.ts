// Masks secrets in foreign texts: an agent's error may quote its key, and a check may print the content of a file. Each
// secret is replaced by the name of its origin, both as it is and as programs encode it in JSON, in addresses and in
// base64. The same forms are searched for in bytes, such as those of a commit.

export interface Secret {
  readonly value: string;
  /** Where the secret came from, such as `${ANTHROPIC_API_KEY}`. */
  readonly name: string;
}

export interface Sieve {
  /** The data with all of its texts masked; the very same object if it contains no secret. */
  masked<T>(data: T): T;
  /** The first secret that begins at `from` or later. The text is Latin-1: each character stands for a byte. */
  first(bytes: string, from: number): Found | null;
  /** The length in bytes of the longest form. */
  readonly longest: number;
}

export interface Found {
  readonly name: string;
  readonly at: number;
  readonly end: number;
}

/** Shorter values are ignored: they are words that may occur in any text. */
const shortest = 8;

/** Null if there is nothing to search for. */
export function sieveFor(secrets: readonly Secret[]): Sieve | null {
  const names = new Map<string, string>();
  for (const { value, name } of secrets) {
    if (value.length < shortest) continue;
    for (const form of formsOf(value)) if (!names.has(form)) names.set(form, name);
  }
  if (names.size === 0) return null;
  const all = anyOf(names, 'g');
  const one = anyOf(names, '');
  const inBytes = new Map([...names].map(([form, name]) => [bytesOf(form), name]));
  const next = anyOf(inBytes, 'g');
  const mask = (text: string): string => text.replace(all, (form) => String(names.get(form)));
  return {
    masked: (data) => (holds(data, one) ? maskedIn(data, mask) : data),
    first: (bytes, from) => {
      next.lastIndex = from;
      const form = next.exec(bytes)?.[0];
      return form === undefined ? null : { name: String(inBytes.get(form)), at: next.lastIndex - form.length, end: next.lastIndex };
    },
    longest: Math.max(...[...inBytes.keys()].map(({ length }) => length)),
  };
}

/** The longest form comes first, because one form may contain another. */
function anyOf(forms: ReadonlyMap<string, string>, flags: string): RegExp {
  return new RegExp(
    [...forms.keys()]
      .toSorted((a, b) => b.length - a.length)
      .map(escaped)
      .join('|'),
    flags,
  );
}

/** Hardly any data contains a secret, so this check makes no copies. */
function holds(data: unknown, any: RegExp): boolean {
  if (typeof data === 'string') return data.length >= shortest && any.test(data);
  return typeof data === 'object' && data !== null && Object.values(data).some((one) => holds(one, any));
}

function maskedIn<T>(value: T, mask: (text: string) => string): T {
  if (typeof value === 'string') return mask(value) as T & string;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one: unknown) => maskedIn(one, mask)) as T & unknown[];
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, maskedIn(one, mask)])) as T;
}

function formsOf(value: string): readonly string[] {
  const inBase64 = base64Forms(value);
  const inUrls = inBase64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  return [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value.toWellFormed()), ...inBase64, ...inUrls];
}

/**
 * Three forms, one for each offset within a group of three bytes. The characters at the ends are left out, because the
 * text before and behind the value changes them.
 */
function base64Forms(value: string): readonly string[] {
  const bytes = bytesOf(value);
  return [0, 1, 2].map((before) => {
    const shifted = '\0'.repeat(before) + bytes;
    return btoa(shifted).slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
}

/** The text in UTF-8, with one character for each byte. */
function bytesOf(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
