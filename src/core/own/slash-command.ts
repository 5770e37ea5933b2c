// A slash command in a form that belongs to no agent: `{{args}}` is everything behind the command's name, `{{1}}` the
// first word of it, `{{{{` a plain `{{`; all else is text, whatever an agent would make of it. Each agent's adapter
// writes it in its own form, and says what of it that form cannot hold.
import type { Rule } from './permissions.ts';

export interface SlashCommand {
  /** Lower-case letters, digits, `-` and `_`: what is typed behind the slash. */
  readonly name: string;
  readonly description: string;
  /** Shown behind the name, such as `[base branch]`. */
  readonly argumentHint: string | null;
  readonly agent: string | null;
  /** A tier or `provider/model`. */
  readonly model: string | null;
  /** In a session of its own, of which only the answer comes back. */
  readonly subtask: boolean;
  /** What it may do without being asked. */
  readonly allowedTools: readonly Rule[];
  readonly body: readonly BodyPart[];
}

/** A command file in an agent's own form. */
export interface CompiledCommand {
  readonly text: string;
  /** What of the command it does not hold or holds otherwise, for a person to read. */
  readonly lost: readonly string[];
}

/** Between two placeholders, before the first and behind the last there is at most one text. */
export type BodyPart = { readonly kind: 'text'; readonly text: string } | Placeholder;

export type Placeholder = { readonly kind: 'all' } | { readonly kind: 'one'; /** From 1. */ readonly position: number };

export interface BodyProblem {
  /** Of the body, from 1. */
  readonly line: number;
  readonly what: string;
}

/** No command has more words that it tells apart. */
export const mostArguments = 99;

/** Parts that, put together, are the body; those that could not be read are text, and problems. */
export function parseBody(body: string): { readonly parts: readonly BodyPart[]; readonly problems: readonly BodyProblem[] } {
  const parts: BodyPart[] = [];
  const problems: BodyProblem[] = [];
  let text = '';
  let line = 1;
  // The longest alternative first: what is between braces may be anything but braces and the line's end.
  for (const [found] of body.matchAll(/\{\{\{\{|\{\{[^{}\n]*\}\}|\{\{|\0|\n|[^{\0\n]+|\{/g)) {
    const placeholder = placeholderOf(found);
    if (placeholder !== null) {
      if (text !== '') parts.push({ kind: 'text', text });
      text = '';
      parts.push(placeholder);
      continue;
    }
    const what = problemOf(found);
    if (what !== null) problems.push({ line, what });
    text += found === '{{{{' ? '{{' : found;
    if (found === '\n') line += 1;
  }
  if (text !== '') parts.push({ kind: 'text', text });
  return { parts, problems };
}

function placeholderOf(found: string): Placeholder | null {
  if (found === '{{args}}') return { kind: 'all' };
  const digits = /^\{\{([1-9]\d?)\}\}$/.exec(found)?.[1];
  return digits === undefined ? null : { kind: 'one', position: Number(digits) };
}

function problemOf(found: string): string | null {
  if (found === '\0') return 'a zero byte, which no text has';
  if (!found.startsWith('{{') || found === '{{{{') return null;
  const expected = `expected {{args}}, or {{1}} to {{${mostArguments}}}; a plain {{ is written {{{{`;
  if (found === '{{') return `{{ is never closed: ${expected}`;
  return /^\{\{0+\}\}$/.test(found) ? `${found}: arguments are counted from 1; ${expected}` : `there is no ${found}: ${expected}`;
}

/** How an agent is kept from acting on a text of the body. */
export interface Escape {
  /** Global. A placeholder beside the text is one zero byte. */
  readonly active: RegExp;
  /** What stands there instead, on one line as what was found. */
  readonly inert: (found: string) => string;
  /** What the model sees of it; null where it sees the text as it was. */
  readonly trace: string | null;
}

export interface Rendered {
  readonly text: string;
  /** What the model sees otherwise than it is written here, with the body's line. */
  readonly altered: readonly string[];
}

/**
 * The body in an agent's form: texts made inert, placeholders as the agent writes them. `before` is the character before
 * a placeholder as it will stand there, `after` all behind it, in which a zero byte is the next one.
 */
export function renderBody(given: {
  readonly body: readonly BodyPart[];
  readonly escapes: readonly Escape[];
  readonly placeholder: (part: Placeholder, beside: { readonly before: string; readonly after: string }) => WrittenPlaceholder;
}): Rendered {
  const { body, escapes, placeholder } = given;
  const altered: Altered[] = [];
  // In one piece, because what makes a text active may stand on the other side of a placeholder. No text has a zero byte.
  let rest = body.map((part) => (part.kind === 'text' ? part.text : '\0')).join('');
  for (const escape of escapes) rest = escaped({ text: rest, escape, altered });
  let written = '';
  let line = 1;
  for (const part of body) {
    if (part.kind === 'text') continue;
    const at = rest.indexOf('\0');
    const before = rest.slice(0, at);
    rest = rest.slice(at + 1);
    line += newlines(before);
    written += before;
    const { text, altered: what } = placeholder(part, { before: written.slice(-1), after: rest });
    if (what !== null) altered.push({ line, what });
    written += text;
  }
  return { text: written + rest, altered: altered.toSorted((a, b) => a.line - b.line).map(({ line: at, what }) => `line ${at}: ${what}`) };
}

interface Altered {
  readonly line: number;
  readonly what: string;
}

function escaped(given: { text: string; escape: Escape; altered: Altered[] }): string {
  const { text, altered } = given;
  const { active, inert, trace } = given.escape;
  let written = '';
  let from = 0;
  let line = 1;
  for (const { 0: found, index } of text.matchAll(active)) {
    line += newlines(text.slice(from, index));
    // Enough of it to be found again.
    const excerpt = text
      .slice(index, index + 24)
      .replace(/\s[^]*/, '')
      .replaceAll('\0', '…');
    if (trace !== null) altered.push({ line, what: `“${excerpt}” ${trace}` });
    written += text.slice(from, index) + inert(found);
    from = index + found.length;
  }
  return written + text.slice(from);
}

export interface WrittenPlaceholder {
  readonly text: string;
  /** What the model sees otherwise; null: nothing. */
  readonly altered: string | null;
}

function newlines(text: string): number {
  return text.split('\n').length - 1;
}

/** The highest position that the body asks for; 0 where it asks for none. */
export function lastPosition(body: readonly BodyPart[]): number {
  return body.reduce((last, part) => (part.kind === 'one' ? Math.max(last, part.position) : last), 0);
}

/** A word joiner (U+2060): nobody sees it, no agent takes it for a letter or a space, and it keeps two characters apart. */
export const joiner = '\u2060';

/** In double quotes as JSON and YAML both read them, on one line. */
export function quoted(text: string): string {
  const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, escaped);
}
