// A golden file contains the result of a pure function at its last review. UPDATE_GOLDEN=1 writes it again; the change is
// then reviewed in version control.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

export function expectGolden(given: { readonly file: URL; readonly value: unknown }): void {
  const path = fileURLToPath(given.file);
  const text = `${JSON.stringify(given.value, null, 2)}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(existsSync(path) ? readFileSync(path, 'utf8') : `no file; UPDATE_GOLDEN=1 writes it`, path).toBe(text);
}
