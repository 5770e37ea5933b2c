// Quotes a text as one word of a shell command.

export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
