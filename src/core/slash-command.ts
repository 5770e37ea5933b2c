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
  /** What stands there instead: without the text's own line ends, or with as many. */
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
 * The body in an agent's form: texts made inert, placeholders as the agent writes them. `before` and `after` are the
 * characters beside a placeholder, as they will stand there; empty at either end.
 */
export function renderBody(given: {
  readonly body: readonly BodyPart[];
  readonly escapes: readonly Escape[];
  readonly placeholder: (part: Placeholder, beside: { readonly before: string; readonly after: string }) => WrittenPlaceholder;
}): Rendered {
  const { body, escapes, placeholder } = given;
  const altered: { line: number; what: string }[] = [];
  // In one piece, because what makes a text active may stand on the other side of a placeholder. No text has a zero byte.
  let text = body.map((part) => (part.kind === 'text' ? part.text : '\0')).join('');
  for (const { active, inert, trace } of escapes) {
    text = text.replace(active, (found: string, ...rest: unknown[]) => {
      // The offset stands behind the groups, whose number depends on the expression.
      const at = rest.find((value) => typeof value === 'number') ?? 0;
      const what = `“${
        text
          .slice(at, at + 24)
          .replaceAll('\0', '…')
          .split(/\s/, 1)[0]
      }” ${trace}`;
      if (trace !== null) altered.push({ line: lineOf(text, at), what });
      return inert(found);
    });
  }
  const texts = text.split('\0');
  const placeholders = body.filter((part) => part.kind !== 'text');
  let written = texts[0] ?? '';
  let line = lineOf(written, written.length);
  for (const [index, part] of placeholders.entries()) {
    const next = texts[index + 1] ?? '';
    const { text: own, altered: what } = placeholder(part, { before: written.slice(-1), after: next });
    if (what !== null) altered.push({ line, what });
    line += lineOf(next, next.length) - 1;
    written += own + next;
  }
  return { text: written, altered: altered.toSorted((a, b) => a.line - b.line).map(({ line: at, what }) => `line ${at}: ${what}`) };
}

export interface WrittenPlaceholder {
  readonly text: string;
  /** What the model sees otherwise; null: nothing. */
  readonly altered: string | null;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** The highest position that the body asks for; 0 where it asks for none. */
export function lastPosition(body: readonly BodyPart[]): number {
  return Math.max(0, ...body.map((part) => (part.kind === 'one' ? part.position : 0)));
}

/** A word joiner (U+2060): nobody sees it, no agent takes it for a letter or a space, and it keeps two characters apart. */
export const joiner = '\u2060';

/** In double quotes as JSON and YAML both read them, on one line. */
export function quoted(text: string): string {
  const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, escaped);
}
