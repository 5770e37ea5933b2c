// Slash commands in a form that belongs to no agent: `{{args}}` is everything behind the command's name, `{{1}}` its first
// word, and `{{{{` a plain `{{`. Everything else is text, whatever it may mean to an agent. Each adapter writes the command
// in its agent's form, and reports what that form cannot hold.
import type { Rule } from './permissions.ts';

export interface SlashCommand {
  /** What people type behind the slash: lower-case letters, digits, `-` and `_`. */
  readonly name: string;
  readonly description: string;
  /** Shown behind the name, such as `[base branch]`. */
  readonly argumentHint: string | null;
  readonly agent: string | null;
  /** A tier or `provider/model`. */
  readonly model: string | null;
  /** The command runs in a session of its own, and only its answer comes back. */
  readonly subtask: boolean;
  /** What the command may do without asking. */
  readonly allowedTools: readonly Rule[];
  readonly body: readonly BodyPart[];
}

/** A command file in an agent's own form. */
export interface CompiledCommand {
  readonly text: string;
  /** Properties of the command that the file lacks or expresses differently, as text for people. */
  readonly lost: readonly string[];
}

/** At most one text stands between two placeholders, before the first and behind the last. */
export type BodyPart = { readonly kind: 'text'; readonly text: string } | Placeholder;

export type Placeholder = { readonly kind: 'all' } | { readonly kind: 'one'; /** Counted from 1. */ readonly position: number };

export interface BodyProblem {
  /** The line of the body, counted from 1. */
  readonly line: number;
  readonly what: string;
}

/** The highest numbered argument that a command may use. */
export const mostArguments = 99;

/** The parts make up the whole body when joined. Placeholders that cannot be read become text, and problems. */
export function parseBody(body: string): { readonly parts: readonly BodyPart[]; readonly problems: readonly BodyProblem[] } {
  const parts: BodyPart[] = [];
  const problems: BodyProblem[] = [];
  let text = '';
  let line = 1;
  // The longest alternative comes first. Between braces, anything but braces and line ends is allowed.
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
  if (found === '\0') return 'the body contains a zero byte';
  if (!found.startsWith('{{') || found === '{{{{') return null;
  const expected = `expected {{args}}, or {{1}} to {{${mostArguments}}}; a plain {{ is written {{{{`;
  if (found === '{{') return `{{ is never closed: ${expected}`;
  return /^\{\{0+\}\}$/.test(found) ? `${found}: arguments are counted from 1; ${expected}` : `there is no ${found}: ${expected}`;
}

/** How to keep an agent from acting on a text of the body. */
export interface Escape {
  /**
   * Matches texts on which the agent would act; a global expression. A placeholder beside the text appears as one zero
   * byte.
   */
  readonly active: RegExp;
  /** The replacement, on one line like the match. */
  readonly inert: (found: string) => string;
  /** How the model sees the replacement; null if it sees the original text. */
  readonly trace: string | null;
}

export interface Rendered {
  readonly text: string;
  /** Texts that the model sees changed, with their lines in the body. */
  readonly altered: readonly string[];
}

/**
 * The body in an agent's form: active texts made inert, placeholders as the agent writes them. `before` is the character
 * before a placeholder in the result; `after` is everything behind it, with zero bytes for the next placeholders.
 */
export function renderBody(given: {
  readonly body: readonly BodyPart[];
  readonly escapes: readonly Escape[];
  readonly placeholder: (part: Placeholder, beside: { readonly before: string; readonly after: string }) => WrittenPlaceholder;
}): Rendered {
  const { body, escapes, placeholder } = given;
  const altered: Altered[] = [];
  // The body is searched in one piece, because the characters that make a text active may stand on both sides of a
  // placeholder. No text contains a zero byte.
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
    // Short, but long enough to find the text in the file.
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
  /** What the model sees instead; null if it sees no difference. */
  readonly altered: string | null;
}

function newlines(text: string): number {
  return text.split('\n').length - 1;
}

/** The highest position that the body uses; 0 if it uses none. */
export function lastPosition(body: readonly BodyPart[]): number {
  return body.reduce((last, part) => (part.kind === 'one' ? Math.max(last, part.position) : last), 0);
}

/** A word joiner (U+2060): it is invisible, no agent treats it as a letter or a space, and it keeps two characters apart. */
export const joiner = '\u2060';

/** The text in double quotes, on one line, in a form that is valid in both JSON and YAML. */
export function quoted(text: string): string {
  const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, escaped);
}
