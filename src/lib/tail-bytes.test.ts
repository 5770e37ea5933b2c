import { describe, expect, it } from 'vitest';
import { tailBytes } from './tail-bytes.ts';

function kept(given: { limit: number; text: string; chunk: number }): string {
  const tail = tailBytes(given.limit);
  const bytes = Buffer.from(given.text);
  for (let at = 0; at < bytes.length; at += given.chunk) tail.add(bytes.subarray(at, at + given.chunk));
  return tail.text();
}

describe('tailBytes', () => {
  it.each([1, 2, 3, 5, 100])('keeps the end, in whole characters, for chunks of %i bytes', (chunk) => {
    expect(kept({ limit: 4, text: '', chunk })).toBe('');
    expect(kept({ limit: 4, text: 'abcd', chunk })).toBe('abcd');
    expect(kept({ limit: 4, text: 'abcdefghij', chunk })).toBe('ghij');
    expect(kept({ limit: 4, text: 'xxxéaé', chunk })).toBe('aé');
    expect(kept({ limit: 5, text: '😀😀', chunk })).toBe('😀');
    expect(kept({ limit: 4, text: 'éé', chunk })).toBe('éé');
  });
});
