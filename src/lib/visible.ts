// Text of others on a screen. What an agent, a task list or a server wrote may hold characters that drive a terminal or
// change the order in which it is read. Each is shown as an escape that JSON knows as well, so that a document of JSON
// says the same as before. Colours are ours alone: their sequences begin with numbers that nobody else can know.
const secret = Array.from({ length: 3 }, () => 1000 + Math.floor(Math.random() * 9000)).join(';');
const ours = `\u001b[${secret};`;

/** Control characters but for line ends and tabs; marks of writing direction; line ends that only Unicode knows. */
const driving = /(?!\r?\n|\t)[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/** The sequence for one of our colours, by its number in ECMA-48; it has no width, and only `onScreen` makes it work. */
export function colour(number: number): string {
  return `${ours}${number}m`;
}

/** As it is measured and cut; our colours stay. */
export function visible(text: string): string {
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
