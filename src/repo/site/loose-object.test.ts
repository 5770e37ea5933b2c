// Reading objects that a worker wrote as files.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, deflateSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { looseContent, nameByContent } from './loose-object.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'yard-objects-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const named = (given: { content: Buffer; size: number; tail?: number; level?: number }): string | null => {
  const file = join(folder, 'object');
  writeFileSync(file, Buffer.concat([deflateSync(given.content, { level: given.level ?? -1 }), Buffer.alloc(given.tail ?? 0)]));
  return nameByContent({ file, size: given.size }, 40);
};
const object = (body: Buffer): Buffer => Buffer.concat([Buffer.from(`tree ${body.length}\0`), body]);
const sha1 = (content: Buffer): string => createHash('sha1').update(content).digest('hex');

test('an object is called by its content, however little it can be shrunk', () => {
  for (const size of [0, 3, 1000, 3_000_000]) {
    for (const level of [0, 1, constants.Z_BEST_COMPRESSION]) {
      const content = object(randomBytes(size));
      expect(named({ content, size, level }), `${size} bytes, level ${level}`).toBe(sha1(content));
    }
  }
});

test('a file that is larger than any object of its size is not read', () => {
  const content = object(Buffer.from('abc'));
  expect(named({ content, size: 3, tail: 2_000 })).toBeNull();
});

test('content that is larger than it says, or broken, has no name', () => {
  expect(named({ content: object(Buffer.alloc(10_000)), size: 3 })).toBeNull();
  writeFileSync(join(folder, 'object'), 'x');
  expect(nameByContent({ file: join(folder, 'object'), size: 3 }, 40)).toBeNull();
});

test('of a small one its content is told, where it is what its name says', () => {
  const put = (content: Buffer, id: string): string => {
    mkdirSync(join(folder, id.slice(0, 2)), { recursive: true });
    writeFileSync(join(folder, id.slice(0, 2), id.slice(2)), deflateSync(content));
    return id;
  };
  const [small, large] = [object(Buffer.from('a\0b')), object(Buffer.alloc(2 ** 20 + 1))];
  const stores = [join(folder, 'none'), folder];
  expect(looseContent(stores, put(small, sha1(small)))).toEqual({ type: 'tree', content: Buffer.from('a\0b') });
  expect(looseContent(stores, put(large, sha1(large)))).toBeNull();
  expect(looseContent(stores, put(small, sha1(large)))).toBeNull();
  expect(looseContent(stores, 'f'.repeat(40))).toBeNull();
});
