import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseCommand, readCommand } from './command-file.ts';
import { readCommands } from './command-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'yard-commands-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = '/c/probe.md';

describe('a command', () => {
  it('has its front matter and its body', () => {
    const text = [
      '---',
      'description: "Look: closely"',
      'argument-hint: "[base]"',
      'agent: explore',
      'model: anthropic/claude-opus-5-5',
      'subtask: true',
      'allowed-tools: ["shell(git diff *)", read]',
      '---',
      'Compare with {{1}}.',
      '',
    ].join('\n');
    const command = {
      name: 'probe',
      description: 'Look: closely',
      argumentHint: '[base]',
      agent: 'explore',
      model: 'anthropic/claude-opus-5-5',
      subtask: true,
      allowedTools: [
        { tool: 'shell', pattern: 'git diff *' },
        { tool: 'read', pattern: null },
      ],
      body: [
        { kind: 'text', text: 'Compare with ' },
        { kind: 'one', position: 1 },
        { kind: 'text', text: '.\n' },
      ],
    };
    expect(parseCommand({ file, text })).toEqual(command);
    expect(parseCommand({ file, text: text.replaceAll('\n', '\r\n') })).toEqual(command);
  });

  it.each([
    ['\n## Review what is *there*\n\nAll of it.', 'Review what is *there*'],
    ['---\nmodel: opus\n---\n\n- First\n', 'First'],
    ['---\n---\nDo.', 'Do.'],
  ])('without a description has its first line: %j', (text, description) => {
    expect(parseCommand({ file, text })).toMatchObject({ description, argumentHint: null, agent: null, subtask: false, allowedTools: [] });
  });

  it.each<[string, number, string]>([
    ['---\ndescription: x\n', 1, 'the front matter that begins here has no closing ---'],
    ['---\ndescription: x\n\nfoo: 1\n---\nx', 4, 'there is no key foo'],
    ['---\ndescription: 5\n---\nx', 2, 'description: Invalid input: expected string'],
    ['---\ndescription: a: b\n---\nx', 2, 'Nested mappings'],
    ['---\nmodel: two words\n---\nx', 2, 'model: expected one word'],
    ['---\nsubtask: "yes"\n---\nx', 2, 'subtask: Invalid input: expected boolean'],
    ['---\n- x\n---\nx', 1, 'expected object'],
    ['---\nallowed-tools:\n  - read\n  - Bash(ls)\n---\nx', 4, 'allowed-tools: there is no tool "Bash"'],
    ['---\ndescription: x\n---\nok\n{{2}} {{arg}}', 5, 'there is no {{arg}}'],
    ['{{0}}', 1, '{{0}}: arguments are counted from 1'],
    ['---\ndescription: x\n---\n \n', 4, 'expected a text that says what the agent is to do'],
    ['', 1, 'expected a text that says what the agent is to do'],
  ])('%j is refused with its line', (text, line, what) => {
    let fault: unknown;
    try {
      parseCommand({ file, text });
    } catch (error) {
      fault = error;
    }
    expect(fault).toMatchObject({ name: 'Fault', code: 'config', data: { file, line } });
    expect(String(fault)).toContain(`${file}:${line}: `);
    expect(String(fault)).toContain(what);
  });

  it.each(['Probe.md', 'a b.md', 'a.b.md', '-a.md', '.md'])('cannot be called %s', (name) => {
    expect(() => parseCommand({ file: `/c/${name}`, text: 'x' })).toThrow('expected a name of lower-case letters');
  });
});

describe('a file', () => {
  const path = (): string => join(folder, 'probe.md');

  it('that is not there is none', async () => {
    expect(await readCommand(path())).toBeNull();
  });

  it('may begin with a byte order mark', async () => {
    writeFileSync(path(), '\ufeff---\nmodel: opus\n---\nDo.');
    expect(await readCommand(path())).toMatchObject({ model: 'opus', description: 'Do.' });
  });

  it.each<[string, (path: string) => void, string]>([
    ['too large', (at) => writeFileSync(at, 'x'.repeat(70_000)), ':1: 69 KiB are too large'],
    ['no text', (at) => writeFileSync(at, Buffer.from('ok\nno \xff\n', 'latin1')), ':2: this is not UTF-8 text'],
    ['no text to its end', (at) => writeFileSync(at, Buffer.from('ok\n\n\xc3', 'latin1')), ':3: this is not UTF-8 text'],
    ['a folder', (at) => mkdirSync(at), ':1: this is not a regular file'],
    ['a pipe', (at) => execFileSync('mkfifo', [at]), ':1: this is not a regular file'],
  ])('that is %s is refused', async (_name, make, what) => {
    make(path());
    await expect(readCommand(path())).rejects.toMatchObject({ code: 'config', message: expect.stringContaining(path() + what) });
  });
});

describe('a folder', () => {
  it('has its commands by name; a wrong one hides no other', async () => {
    writeFileSync(join(folder, 'b.md'), 'B');
    writeFileSync(join(folder, 'a.md'), 'A');
    writeFileSync(join(folder, 'wrong.md'), '{{');
    writeFileSync(join(folder, 'notes.txt'), '{{');
    mkdirSync(join(folder, 'sub'));
    const { commands, faults } = await readCommands(folder);
    expect(commands.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(faults).toMatchObject([{ code: 'config', data: { file: join(folder, 'wrong.md'), line: 1 } }]);
  });

  it('that is not there has none; one that is a file is told', async () => {
    expect(await readCommands(join(folder, 'no'))).toEqual({ commands: [], faults: [] });
    writeFileSync(join(folder, 'file'), '');
    chmodSync(join(folder, 'file'), 0o600);
    await expect(readCommands(join(folder, 'file'))).rejects.toMatchObject({
      code: 'config',
      hint: 'it has to be a folder that contains commands, each in a file NAME.md',
    });
  });
});
