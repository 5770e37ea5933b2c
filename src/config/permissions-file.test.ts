import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parsePermissions, readPermissions } from './permissions-file.ts';

const file = '/c/permissions.yaml';

it('a file has its rules', () => {
  expect(parsePermissions({ file, text: 'deny:\n  - read(**/.env)\nallow: [search, "shell(git *)"]\n' })).toEqual({
    allow: [
      { tool: 'search', pattern: null },
      { tool: 'shell', pattern: 'git *' },
    ],
    ask: [],
    deny: [{ tool: 'read', pattern: '**/.env' }],
  });
  expect(parsePermissions({ file, text: '# nothing yet\n' })).toEqual({ allow: [], ask: [], deny: [] });
});

it.each<[string, number, string]>([
  ['deny: []\nblock: []', 2, 'there is no key block'],
  ['deny: read', 1, 'deny: Invalid input: expected array'],
  ['deny:\n  - read\n  - {a: b}', 3, 'deny.1: Invalid input: expected string'],
  ['ask:\n  - shell(ls)\n\n  - bash(ls)', 4, 'ask: there is no tool "bash": expected tool or tool(pattern), with one of shell, read'],
  ['deny: [read, "read(../x)"]', 1, 'deny: read(../x): expected a path of the repository'],
  ['- read', 1, 'the file: Invalid input: expected object'],
])('%j is refused with its line', (text, line, what) => {
  let fault: unknown;
  try {
    parsePermissions({ file, text });
  } catch (error) {
    fault = error;
  }
  expect(fault).toMatchObject({ name: 'Fault', code: 'config', data: { file, line } });
  expect(String(fault)).toContain(what);
});

it('a file that is not there is none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'yard-permissions-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'permissions.yaml');
  expect(await readPermissions(path)).toBeNull();
  writeFileSync(path, 'ask: [fetch]');
  expect(await readPermissions(path)).toMatchObject({ ask: [{ tool: 'fetch', pattern: null }] });
});
