// Foreign text on its way to a screen: whatever it contains, none of it controls a terminal, its JSON is unchanged, and
// text that is cut to a width consists of whole characters, with our colours closed again.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { screenOf } from '../../src/cli/screen.ts';
import { clip, table } from '../../src/lib/table.ts';
import { colour, onScreen } from '../../src/lib/visible.ts';
import { anyText, broken, endless } from './broken-text.ts';
import type { Target } from './target.ts';

const pieces = [
  ...['\u001b', '\u001b[2J', '\u001b[31m', '\u001b[999;999H', '\u001b]8;;http://x.example\u0007', '\u001b]52;c;aGk=\u001b\\', '\u001bP$q\u001b\\'],
  ...['\u0007', '\b\b', '\r', '\r\n', '\n', '\t', '\u007f', '\u0085', '\u009b2J', '\u009d52;c;aGk=\u009c', '\u0090', '\u0000'],
  ...['\u202e', '\u2066', '\u2069', '\u200f', '\u061c', '\u2028', '\u2029'],
  ...['\ud83d', '\udc69', '\udc69\ud83d', '\u200b', '\u200c', '\u200d', '\ufeff', '\u2060', '\ufe0f', '\u0301', '\u20dd', '\u0e33'],
  ...['👩‍💻', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🇩🇪', '日本', 'שלום', 'می‌خواهم', 'a', 'e\u0301', ' ', '\\u001b', '"', '…'],
] as const; // prettier-ignore

interface Input {
  readonly text: string;
  readonly width: number;
  /** The positions at which the text is split when it is written piece by piece. */
  readonly at: readonly number[];
}

/** Each text is shown some twenty times, so a tenth of a megabyte costs as much as a whole one in other targets. */
const long = (piece: fc.Arbitrary<string>): fc.Arbitrary<string> => endless(piece).map((text) => text.slice(0, 100_000));

const mixed = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join(''));

export const screen: Target<Input> = {
  name: 'screen',
  inputs: fc.record({
    text: fc.oneof(
      { arbitrary: mixed, weight: 4 },
      { arbitrary: anyText, weight: 2 },
      { arbitrary: broken(mixed, { pieces, most: 8 }), weight: 3 },
      { arbitrary: long(fc.constantFrom(...pieces)), weight: 1 },
      // A whole line that is a single endless character.
      { arbitrary: fc.tuple(mixed, long(fc.constantFrom('\u0301', '\u200d', '\u20dd'))).map((parts) => parts.join('')), weight: 1 },
    ),
    width: fc.oneof(fc.nat(12), fc.nat(240)),
    at: fc.array(fc.nat(200), { maxLength: 4 }),
  }),
  reaches: ['driving, cut', 'driving', 'cut', 'plain'],
  holds: ({ text, width, at }) => {
    const shown = onScreen(text);
    harmless(shown);
    assert.equal(onScreen(shown), shown, 'what is harmless is not changed again');
    assert.ok(shown.length <= 6 * text.length);
    assert.equal(onScreen(`${colour(31)}${text}${colour(39)}`), `\u001b[31m${shown}\u001b[39m`);
    says(text);
    const isCut = cuts({ text, width });
    writes({ text, at });
    return [shown === text ? '' : 'driving', isCut ? 'cut' : ''].filter((word) => word !== '').join(', ') || 'plain';
  },
};

/** Checks the code points themselves, and not with the classes that the filter consists of. */
function harmless(shown: string): void {
  for (let at = 0; at < shown.length; at += 1) {
    const code = shown.codePointAt(at) ?? 0;
    if (code > 0xffff) at += 1;
    const isLineEnd = code === 10 || code === 9 || (code === 13 && shown.charCodeAt(at + 1) === 10);
    const isControl = code < 32 || (code >= 127 && code < 160);
    const isBidi =
      code === 0x61c || code === 0x200e || code === 0x200f || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    const isOdd = code === 0x2028 || code === 0x2029 || (code >= 0xd800 && code <= 0xdfff);
    if ((isControl && !isLineEnd) || isBidi || isOdd) assert.fail(`U+${code.toString(16)} reaches the screen`);
  }
}

function says(text: string): void {
  const document = onScreen(JSON.stringify({ [text]: [text] }));
  harmless(document);
  assert.deepEqual(JSON.parse(document), { [text]: [text] });
}

/** Returns whether something was cut off. */
function cuts({ text, width }: Pick<Input, 'text' | 'width'>): boolean {
  const line = clip(text, width);
  harmless(onScreen(line));
  assert.doesNotMatch(line, /[\r\n\t]/);
  assert.ok(stringWidth(line) <= Math.max(1, width), `${stringWidth(line)} columns instead of ${width}`);
  assert.ok(line.length <= 32 * (width + 1), 'a narrow column holds no flood');
  assert.equal(clip(line, width), line);
  // With colour the same text is shown, and no colour continues after it.
  const painted = onScreen(clip(`${colour(31)}${text.trim()}${colour(39)}`, width));
  assert.ok(painted.startsWith('\u001b[31m') && painted.endsWith('\u001b[39m'), JSON.stringify(painted.slice(0, 200)));
  assert.equal(painted.slice(5, -5), onScreen(line));
  const columns = onScreen(table([[line, 'x'], [`${colour(1)}${line}${colour(22)}`, 'x']])).split('\n'); // prettier-ignore
  assert.equal(columns[1]?.replace('\u001b[1m', '').replace('\u001b[22m', ''), columns[0]);
  return line !== clip(text, Infinity);
}

/** Writes the text as a string, and as bytes for a person's terminal, split anywhere. */
function writes({ text, at }: Pick<Input, 'text' | 'at'>): void {
  const bytes = Buffer.from(text);
  for (const isTTY of [true, false]) {
    const written: (string | Uint8Array)[] = [];
    const stream = { isTTY, columns: 80, write: (chunk: string | Uint8Array) => written.push(chunk) > 0 };
    const { write, send } = screenOf(stream as unknown as NodeJS.WriteStream);
    const never = new AbortController().signal;
    const parts = [0, ...at.toSorted((a, b) => a - b), Infinity];
    for (const [index, from] of parts.slice(0, -1).entries()) {
      write(text.slice(from, parts[index + 1]));
      if (isTTY) void send(bytes.subarray(from, parts[index + 1]), never);
    }
    for (const chunk of written) harmless(String(chunk));
  }
}
