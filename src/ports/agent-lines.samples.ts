// Lines that no agent writes: recorded lines with changed values, and very long lines that are expensive to parse.
import * as fc from 'fast-check';

/** Replacements for any value: every type, and the numbers that break sums. */
export const anyValue = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    true,
    false,
    '',
    'x',
    0,
    -1,
    1.5,
    1e308,
    -1e308,
    2 ** 53,
    [],
    {},
    [null],
    [[]],
    ['x'],
    { a: 1 },
    { type: 'text' },
    { __proto__: null },
  ),
  fc.jsonValue(),
);

/** Replaces the nth value of a depth-first walk, or removes it if `by` is undefined. */
export function changedAt(value: unknown, nth: number, by: unknown): unknown {
  const size = count(value);
  let at = nth % size;
  const walk = (one: unknown): unknown => {
    if (at-- === 0) return by;
    if (Array.isArray(one)) return one.map(walk);
    if (typeof one === 'object' && one !== null) return Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, walk(inner)]));
    return one;
  };
  const changed = walk(value);
  return changed === undefined ? null : changed;
}

function count(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + count(inner), 1);
}

/** The recorded lines with each of their strings enlarged in turn, and forms that are expensive to parse. */
export function* largeLines(lines: readonly string[]): Generator<string> {
  const size = 8 << 20;
  const kinds = new Map(lines.map((line) => [shape(line), line]));
  for (const line of kinds.values()) {
    const strings = [...line.matchAll(/(?<=":)"(?:[^"\\]|\\.)*"/g)];
    const longest = strings.toSorted((a, b) => b[0].length - a[0].length)[0];
    if (longest === undefined) continue;
    for (const filling of ['\\n x', '💥']) {
      const blown = JSON.stringify('').slice(0, 1) + filling.repeat(size / filling.length) + '"';
      yield line.slice(0, longest.index) + blown + line.slice(longest.index + longest[0].length);
    }
  }
  for (const filling of ['[', '{"a":', ' ', '"', '\\', '{"type":"text"},', '1,', '\u0000']) yield filling.repeat(size / filling.length);
  const deep = '['.repeat(size / 2) + ']'.repeat(size / 2);
  // It is parsed without recursion, but writing it again would recurse.
  const tool = lines.find((line) => line.includes('"tool_use"'));
  if (tool !== undefined) yield tool.replace(/(?<="input":)\{[^{}]*\}/, () => deep);
}

function shape(line: string): string {
  const { type } = JSON.parse(line) as Record<string, unknown>;
  return `${String(type)} ${line.includes('"tool_use"')} ${line.includes('"tool_result"')}`;
}
