// Makes Markdown that we did not write harmless in a text of ours at a forge, and leaves it as readable as it was: it
// notifies nobody, closes no issue, and cannot hide or swallow what stands after it. Characters without width break the
// sequences that would act; breaking one too many does no harm, so this does not depend on where Markdown sees code.
import { cutTo } from '../clip.ts';

const zeroWidth = '\u200b';

/** A keyword with the number or address of an issue behind it, whatever marks stand between, as in `Closes **#3**`. */
const closing =
  /(?<![\p{L}\p{N}])(?:clos(?:e[sd]?)|fix(?:e[sd])?|resolve[sd]?)(?=[^\p{L}\p{N}]{1,20}(?:(?<=#)\d|gh-\d|https?:|[\w.-]{1,100}(?:\/[\w.-]{1,100})?#\d))/giu;

export function inert(text: string): string {
  return (
    text
      .replace(/\r\n?/g, '\n')
      // A forge takes `@` behind a letter or a digit for an address of mail.
      .replace(/(?<![\p{L}\p{N}])@(?=[\p{L}\p{N}])/gu, `@${zeroWidth}`)
      // Comments, and tags that might stay open. An address in angle brackets stays a link.
      .replace(/<(?=[!?/a-z])(?!https?:|mailto:)/gi, `<${zeroWidth}`)
      // `&#64;` is an `@` to a forge.
      .replace(/&(?=#|commat|num)/gi, `&${zeroWidth}`)
      .replace(closing, (keyword) => `${keyword.slice(0, 1)}${zeroWidth}${keyword.slice(1)}`)
  );
}

/** As a quotation, which ends every block that the text leaves open. At most `limit` characters, with a note if it was cut. */
export function quotation(given: { readonly text: string; readonly limit: number }): string {
  const text = given.text.replace(/^\s*\n/, '').trimEnd();
  if (text.length <= given.limit) {
    const whole = quoted(text);
    if (whole.length <= given.limit) return whole;
  }
  const room = Math.max(1, given.limit - note.length);
  let kept = cutTo({ text, limit: room });
  // What is inert and quoted is longer than the text, by how much depends on the text.
  while (quoted(kept).length > room) kept = cutTo({ text: kept, limit: Math.floor(kept.length * 0.9) });
  return `${quoted(kept)}${note}`;
}

const note = '\n\n(The rest is left out here, because it is too long.)';

function quoted(text: string): string {
  return inert(text)
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n');
}

/** One line in a span of code, in which no character has a meaning. */
export function codeSpan(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const ticks = '`'.repeat(longestRun({ of: '`', text: line }) + 1);
  const gap = /^`|`$/.test(line) ? ' ' : '';
  return `${ticks}${gap}${line}${gap}${ticks}`;
}

/** A block of code that the text cannot end: its fence is longer than any that the text contains. */
export function codeBlock(given: { readonly text: string; readonly info: string }): string {
  const fence = '`'.repeat(Math.max(3, longestRun({ of: '`', text: given.text }) + 1));
  return `${fence}${given.info}\n${given.text}\n${fence}`;
}

function longestRun({ of, text }: { readonly of: string; readonly text: string }): number {
  let [longest, run] = [0, 0];
  for (const character of text) {
    run = character === of ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}
