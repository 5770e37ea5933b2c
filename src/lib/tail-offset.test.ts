import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { tailOffset } from './tail-offset.ts';

async function tailOf(text: string, lines: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'yard-tail-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'text');
  await writeFile(file, text);
  return Buffer.from(text).toString('utf8', await tailOffset({ file, lines }));
}

test.each([
  ['nothing', '', 3, ''],
  ['fewer than asked for', 'a\nb\n', 3, 'a\nb\n'],
  ['just as many', 'a\nb\nc\n', 3, 'a\nb\nc\n'],
  ['more', 'a\nb\nc\nd\n', 2, 'c\nd\n'],
  ['half a line at the end', 'a\nb\nc', 2, 'b\nc'],
  ['empty lines', '\n\n\n', 2, '\n\n'],
])('%s', async (_, text, lines, expected) => {
  expect(await tailOf(text, lines)).toBe(expected);
});

test('lines over many chunks', async () => {
  const line = (length: number): string => `${'x'.repeat(length)}\n`;
  const lengths = fc.array(fc.constantFrom(0, 1, 65_534, 65_535, 65_536, 65_537, 200_000), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(lengths, fc.integer({ min: 1, max: 7 }), async (all, lines) => {
      expect((await tailOf(all.map(line).join(''), lines)).length).toBe(all.slice(-lines).map(line).join('').length);
    }),
    { numRuns: 40 },
  );
});
