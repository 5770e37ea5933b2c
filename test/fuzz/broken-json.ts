// Lines of JSON as a broken or a newer program would write them: real lines with values dropped, retyped, doubled, made
// huge or moved, keys with a meaning in JavaScript, and text that is not JSON any more.
import fc from 'fast-check';
import { anyText, broken } from './broken-text.ts';

const deep = (depth: number, [open, close]: readonly [string, string]): string => open.repeat(depth) + '1' + close.repeat(depth);

/** Values in their textual form, because JSON.stringify would not write some of them. */
const values: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.constantFrom(
      ...['null', 'true', 'false', '""', '"x"', '[]', '{}', '[null]', '[[]]', '"NaN"', '"12"', '"-1"', '"1e999"', '"Infinity"'],
      ...[
        '0',
        '-0',
        '-1',
        '0.5',
        '1e-320',
        '1e6',
        '1e12',
        '1000000000001',
        '9007199254740992',
        '9007199254740993',
        '1e308',
        '-1e308',
        '1e999',
        '-1e999',
      ],
      ...['4e9', '4e12', '2147483648', '429', '529', '999', '401.5'],
      ...[
        '"\\ud800"',
        '"\\udc00\\ud800"',
        '"\\u0000"',
        '"\\n\\r\\u2028"',
        '"😀"',
        '"success"',
        '"stop"',
        '"error"',
        '"rejected"',
        '"--flag"',
      ],
      ...['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}', '{"toString":1,"hasOwnProperty":null}'],
      ...['[1,"a",null,{}]', '{"length":1e9}', '{"type":"text","text":"no change needed"}', '{"then":"x"}'],
    ),
  },
  { weight: 4, arbitrary: fc.double({ noNaN: true }).map((value) => JSON.stringify(Number.isFinite(value) ? value : 0)) },
  { weight: 4, arbitrary: fc.json({ maxDepth: 3 }) },
  { weight: 2, arbitrary: anyText.map((text) => JSON.stringify(text)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 9000 }), fc.constantFrom(['[', ']'], ['{"a":', '}'] as const))
      .map(([n, brackets]) => deep(n, brackets as [string, string])),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 30_000 }), fc.constantFrom('x', '\\n', 'API Error: ', '\\ud800'))
      .map(([n, unit]) => `"${unit.repeat(n)}"`),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 1500 }), fc.constantFrom('{}', 'null', '{"type":"tool_use"}', '{"tool_name":"a"}'))
      .map(([n, one]) => `[${Array(n).fill(one).join(',')}]`),
  },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 12_000 })
      .map((n) => `{${Array.from({ length: n }, (_, index) => `"m${index}":{"costUSD":1e6,"inputTokens":1e12}`).join(',')}}`),
  },
);

const keys = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'type',
  'subtype',
  'text',
  'part',
  'message',
  'usage',
  'tokens',
  'cost',
  '',
);

/** Numbers in their textual form; none is a sensible amount. */
const numbers = fc.constantFrom(
  '-1',
  '-0',
  '-0.5',
  '0.5',
  '1e-320',
  '1e6',
  '1e12',
  '1000000000001',
  '9007199254740993',
  '1e308',
  '1e999',
  '-1e999',
  '"1"',
  'null',
);

type Change =
  | { readonly how: 'number'; readonly at: number; readonly by: string }
  | { readonly how: 'set' | 'twice'; readonly at: number; readonly by: string }
  | { readonly how: 'drop'; readonly at: number }
  | { readonly how: 'rename'; readonly at: number; readonly to: string };

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ how: fc.constant('number' as const), at: fc.nat(100), by: numbers }) },
  { weight: 6, arbitrary: fc.record({ how: fc.constant('set' as const), at: fc.nat(400), by: values }) },
  { weight: 1, arbitrary: fc.record({ how: fc.constant('twice' as const), at: fc.nat(400), by: values }) },
  { weight: 2, arbitrary: fc.record({ how: fc.constant('drop' as const), at: fc.nat(400) }) },
  { weight: 2, arbitrary: fc.record({ how: fc.constant('rename' as const), at: fc.nat(400), to: keys }) },
);

/** Changed real lines, and lines that are not based on any. */
export function brokenLine(real: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const changed = fc.tuple(real, fc.array(change, { maxLength: 5 })).map(([line, changes]) => changes.reduce(apply, line));
  return fc.oneof(
    { weight: 30, arbitrary: real },
    { weight: 50, arbitrary: changed },
    {
      weight: 8,
      arbitrary: broken(real, {
        pieces: ['"', '{', '}', '[', ']', ',', ':', '\\', '\\u', 'null', '1e999', '"__proto__":{"polluted":1},'],
        most: 3,
      }),
    },
    { weight: 4, arbitrary: anyText },
    { weight: 4, arbitrary: values },
  );
}

/** Works on the text, so that a key can occur twice and a number can be one that JavaScript cannot represent. */
function apply(line: string, change: Change): string {
  if (change.how === 'number') return withNumber(line, change);
  const found = [...line.matchAll(/"(?:[^"\\]|\\.)*":(?=.)/g)];
  const one = found[change.at % Math.max(1, found.length)];
  if (one === undefined) return line;
  const keyStart = one.index;
  const start = keyStart + one[0].length;
  const keyEnd = start - 1;
  const end = valueEnd(line, start);
  const key = line.slice(keyStart, keyEnd);
  switch (change.how) {
    case 'set':
      return line.slice(0, start) + change.by + line.slice(end);
    case 'twice':
      return `${line.slice(0, end)},${key}:${change.by}${line.slice(end)}`;
    case 'rename':
      return line.slice(0, keyStart) + JSON.stringify(change.to) + line.slice(keyEnd);
    case 'drop': {
      const comma = line[end] === ',' ? 1 : 0;
      return line.slice(0, keyStart) + line.slice(end + comma);
    }
  }
}

const number = /(?<=[:[,])-?\d[\d.eE+-]*(?=[,}\]])/g;

function withNumber(line: string, change: { readonly at: number; readonly by: string }): string {
  const found = [...line.matchAll(number)];
  const one = found[change.at % Math.max(1, found.length)];
  return one === undefined ? line : line.slice(0, one.index) + change.by + line.slice(one.index + one[0].length);
}

/** The line with every number as large as it may be. */
export function hugeLine(line: string): string {
  return line.replace(number, '1e12').replace(/"(\w*cost\w*)":1e12/gi, '"$1":1e6');
}

/** The position after the value that begins at `from`. */
function valueEnd(line: string, from: number): number {
  let depth = 0;
  for (let at = from; at < line.length; at += 1) {
    const character = line[at]!;
    if (character === '"') {
      for (at += 1; at < line.length && line[at] !== '"'; at += 1) if (line[at] === '\\') at += 1;
      if (depth === 0) return at + 1;
    } else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (character === ',' && depth === 0) return at;
  }
  return line.length;
}
