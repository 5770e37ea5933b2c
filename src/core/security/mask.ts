// Secrets in texts of others: an agent's error may quote its key, and a check may print what stands in a file. Each is
// replaced by the name of where it came from, as it stands and as programs write it on: in JSON, in an address, in base64.
// By the same forms it is found in bytes, such as those of a commit.

export interface Secret {
  readonly value: string;
  /** Where it came from, such as `${ANTHROPIC_API_KEY}`. */
  readonly name: string;
}

export interface Sieve {
  /** Each text of plain data without them; the very same data where it holds none. */
  masked<T>(data: T): T;
  /** The first one that begins at `from` or later. Latin1 text: each character stands for a byte. */
  first(bytes: string, from: number): Found | null;
  /** Bytes of the longest form. */
  readonly longest: number;
}

export interface Found {
  readonly name: string;
  readonly at: number;
  readonly end: number;
}

/** A shorter value is a word that may stand in any text. */
const shortest = 8;

/** Null: there is nothing to look for. */
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

/** The longest first: one may hold another. */
function anyOf(forms: ReadonlyMap<string, string>, flags: string): RegExp {
  return new RegExp(
    [...forms.keys()]
      .toSorted((a, b) => b.length - a.length)
      .map(escaped)
      .join('|'),
    flags,
  );
}

/** Of all that is written nearly nothing does, so this makes no copies. */
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

/** By where in three bytes it begins: what stands before and behind it in the same text changes the characters at its ends. */
function base64Forms(value: string): readonly string[] {
  const bytes = bytesOf(value);
  return [0, 1, 2].map((before) => {
    const shifted = '\0'.repeat(before) + bytes;
    return btoa(shifted).slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
}

/** As it is written in UTF-8, one character for each byte. */
function bytesOf(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
