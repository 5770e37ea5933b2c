// Text of others on a screen. What an agent, a task list or a server wrote may hold characters that drive a terminal or
// change the order in which it is read. Each is shown as an escape that JSON knows as well, so that a document of JSON
// says the same as before. Colours are ours alone: their sequences begin with numbers that nobody else can know.
const secret = Array.from({ length: 3 }, () => 1000 + Math.floor(Math.random() * 9000)).join(';');
const ours = `\u001b[${secret};`;

/**
 * Control characters but for line ends and tabs; marks of writing direction; line ends that only Unicode knows; halves of
 * characters, which would become whole ones beside what is written next. By number, because the tables for `\p{…}` take a
 * millisecond to load at each start of the program.
 */
const driving =
  /(?!\r?\n)[\0-\x08\n-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Most text is plain, and to see that takes a fifth of the time that looking for each of the others does. */
const notPlain = /[^\n\t -~]/;

/** Our colours in a text; splitting by it keeps them. */
export const colours = new RegExp(`(${ours.replace('[', String.raw`\[`)}\\d+m)`);

/** The sequence for one of our colours, by its number in ECMA-48; it has no width, and only `onScreen` makes it work. */
export function colour(number: number): string {
  return `${ours}${number}m`;
}

/** As it is measured and cut; our colours stay. */
export function visible(text: string): string {
  if (!notPlain.test(text)) return text;
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return text
    .split(ours)
    .map((part) => part.replace(driving, escaped))
    .join(ours);
}

/** As a terminal or a file gets it. */
export function onScreen(text: string): string {
  return visible(text).replaceAll(ours, '\u001b[');
}
