// A tool call in one line: its name and the one argument that matters.

/**
 * The arguments that distinguish one call from another, by the names that agents' tools give them; the most distinctive
 * first.
 */
const distinctiveKeys = ['command', 'pattern', 'file_path', 'filePath', 'path', 'url', 'query', 'description', 'prompt'];

export function toolCall(call: { readonly name: string; readonly input: string }): string {
  return `${call.name} ${argumentOf(call.input)}`.trimEnd();
}

/** The input is JSON on one line and may have been cut, so it is not parsed as a whole. */
function argumentOf(input: string): string {
  for (const name of distinctiveKeys) {
    const value = new RegExp(String.raw`"${name}":("(?:[^"\\]|\\.)*)`).exec(input)?.[1];
    if (value !== undefined) return unescaped(value);
  }
  return input === '{}' ? '' : input;
}

function unescaped(value: string): string {
  try {
    return String(JSON.parse(`${value}"`)).replace(/\s+/g, ' ');
  } catch {
    // The text was cut in the middle of an escape.
    return value.slice(1);
  }
}
