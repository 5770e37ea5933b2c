// Makes foreign text safe to show. What an agent, a task list or a server wrote may contain characters that control a
// terminal or change the reading order. Each is shown as an escape that JSON knows as well, so a JSON document keeps its
// meaning. Only we can set colours: our colour sequences begin with random numbers that nobody else can know.
const secret = Array.from({ length: 3 }, () => 1000 + Math.floor(Math.random() * 9000)).join(';');
const ours = `\u001b[${secret};`;

/**
 * Control characters except for line ends and tabs; marks of writing direction; line ends that only Unicode knows; and
 * single surrogates, which could combine with the text written next. By number, because the tables for `\p{…}` take a
 * millisecond to load at each start of the program.
 */
const driving =
  /(?!\r?\n)[\0-\x08\n-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Most text is plain, and this check takes a fifth of the time that searching for the others does. */
const notPlain = /[^\n\t -~]/;

/** Matches our colour sequences; splitting a text by it keeps them. */
export const colours = new RegExp(`(${ours.replace('[', String.raw`\[`)}\\d+m)`);

/**
 * The sequence for one of our colours, by its number in ECMA-48. It has no width, and has no effect until `onScreen`
 * translates it.
 */
export function colour(number: number): string {
  return `${ours}${number}m`;
}

/** The form that is measured and cut; our colour sequences stay. */
export function visible(text: string): string {
  if (!notPlain.test(text)) return text;
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return text
    .split(ours)
    .map((part) => part.replace(driving, escaped))
    .join(ours);
}

/** The form that is written to a terminal or a file. */
export function onScreen(text: string): string {
  return visible(text).replaceAll(ours, '\u001b[');
}
