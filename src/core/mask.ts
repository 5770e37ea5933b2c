// Secrets in texts of others: an agent's error may quote its key, and a check may print what stands in a file. Each is
// replaced by the name of where it came from, as it stands and as programs write it on: in JSON, in an address, in base64.

export interface Secret {
  readonly value: string;
  /** Where it came from, such as `${ANTHROPIC_API_KEY}`. */
  readonly name: string;
}

/** A shorter value is a word that may stand in any text. */
const shortest = 8;

/** What replaces all of them in a text. */
export function masking(secrets: readonly Secret[]): (text: string) => string {
  const names = new Map<string, string>();
  for (const { value, name } of secrets) {
    if (value.length < shortest) continue;
    for (const form of formsOf(value)) if (!names.has(form)) names.set(form, name);
  }
  if (names.size === 0) return (text) => text;
  // The longest first: one may hold another.
  const forms = [...names.keys()].toSorted((a, b) => b.length - a.length).map(escaped);
  const all = new RegExp(forms.join('|'), 'g');
  return (text) => text.replace(all, (form) => String(names.get(form)));
}

/** The same in each text of plain data; the very same data where it holds none. */
export function maskedIn<T>(value: T, mask: (text: string) => string): T {
  if (typeof value === 'string') return mask(value) as T & string;
  if (typeof value !== 'object' || value === null) return value;
  const before = Object.entries(value as Readonly<Record<string, unknown>>);
  const after = before.map(([key, one]) => [key, maskedIn(one, mask)] as const);
  if (after.every(([, one], at) => one === before[at]?.[1])) return value;
  return (Array.isArray(value) ? after.map(([, one]) => one) : Object.fromEntries(after)) as T;
}

function formsOf(value: string): readonly string[] {
  const inBase64 = base64Forms(value);
  const inUrls = inBase64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  return [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value.toWellFormed()), ...inBase64, ...inUrls];
}

/** By where in three bytes it begins: what stands before and behind it in the same text changes the characters at its ends. */
function base64Forms(value: string): readonly string[] {
  const bytes = new TextEncoder().encode(value);
  return [0, 1, 2].map((before) => {
    const shifted = [...new Uint8Array(before), ...bytes].map((byte) => String.fromCharCode(byte)).join('');
    return btoa(shifted).slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
