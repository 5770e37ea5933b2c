import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readRoles } from './role-folder.ts';
import { parseRole } from './role-file.ts';

const file = '/r/roles/reviewer.md';
const parse = (text: string) => parseRole({ file, text });

test('a role has its front matter and its prompt, as it stands', () => {
  const text = '---\ndescription: "Looks: closely"\nmodel: sonnet\ntools: [shell, read, shell]\n---\n\nYou review {env:HOME}.\n\n{{1}}\n';
  const role = {
    name: 'reviewer',
    description: 'Looks: closely',
    model: 'sonnet',
    tools: ['shell', 'read'],
    prompt: 'You review {env:HOME}.\n\n{{1}}',
  };
  expect(parse(text)).toEqual(role);
  expect(parse(text.replaceAll('\n', '\r\n'))).toEqual(role);
});

test.each(['You review.', '---\n---\nYou review.'])('what %j does not say is null', (text) => {
  expect(parse(text)).toEqual({ name: 'reviewer', description: 'reviewer', model: null, tools: null, prompt: 'You review.' });
});

test.each<[text: string, line: number, what: string]>([
  ['---\nmodel: x\n', 1, 'the front matter that begins here has no closing ---'],
  ['---\nmodel: x\ntool: [read]\n---\nx', 3, 'there is no key tool'],
  ['---\nmodel: two words\n---\nx', 2, 'model: expected a tier, or a model as provider/model'],
  ['---\ndescription: 5\n---\nx', 2, 'description: Invalid input: expected string'],
  ['---\ntools: read\n---\nx', 2, 'tools: Invalid input: expected array'],
  ['---\ntools:\n  - read\n  - Bash\n---\nx', 4, 'tools.1: expected one of shell, read, edit, fetch, search, mcp'],
  ['---\ntools: []\n---\nx', 2, 'tools: expected one or more of shell, read'],
  ['---\nmodel: x\n---\n \n', 4, 'expected a prompt that says who the agent is to be'],
  ['a\0b', 1, 'a prompt must not contain a NUL character'],
])('%j is refused with its line', (text, line, what) => {
  let fault: unknown;
  try {
    parse(text);
  } catch (error) {
    fault = error;
  }
  expect(fault).toMatchObject({ name: 'Fault', code: 'config', data: { file, line } });
  expect(String(fault)).toContain(`${file}:${line}: ${what}`);
});

test.each(['none', 'Reviewer', 'a b'])('none is called %s', (name) => {
  expect(() => parseRole({ file: `/r/roles/${name}.md`, text: 'x' })).toThrow(/is reserved and means no role|expected a name/);
});

test('of a folder each is told by name, one that cannot be read as its fault', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'yard-roles-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'b.md'), 'B');
  writeFileSync(join(folder, 'a.md'), '---\nx: 1\n---\nA');
  writeFileSync(join(folder, 'big.md'), 'x'.repeat(70_000));
  writeFileSync(join(folder, 'notes.txt'), 'x');
  expect(await readRoles(folder)).toMatchObject({
    a: { code: 'config', data: { file: join(folder, 'a.md'), line: 2 } },
    b: { name: 'b', prompt: 'B' },
    big: { code: 'config', message: expect.stringContaining('69 KiB are too large') },
  });
  expect(await readRoles(join(folder, 'no'))).toEqual({});
});
