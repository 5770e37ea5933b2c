// A text as one word of a line for the shell.

export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
