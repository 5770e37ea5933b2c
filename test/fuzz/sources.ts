// The files from which agents are configured: any text is read, or refused by a Fault that names the file and a line of it.
// The result becomes pieces of both agents' own configurations, and the text written there can be read again.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parse as parseYaml } from 'yaml';
import { claude } from '../../src/agents/claude/adapter.ts';
import { opencode } from '../../src/agents/opencode/adapter.ts';
import { parseCommand } from '../../src/config/command-file.ts';
import { defaults } from '../../src/config/defaults.ts';
import { parseMcpFile } from '../../src/config/mcp-file.ts';
import { parsePermissions } from '../../src/config/permissions-file.ts';
import { parseRole } from '../../src/config/role-file.ts';
import { Fault } from '../../src/core/fault.ts';
import type { Source } from '../../src/core/own/piece.ts';
import { anyText, broken } from './broken-text.ts';
import type { Target } from './target.ts';

interface Kind {
  readonly file: string;
  readonly sample: string;
  readonly pieces: readonly string[];
  readonly read: (given: { file: string; text: string }) => Partial<Source>;
}

const kinds: readonly Kind[] = [
  {
    file: '/s/mcp.yaml',
    sample: `servers:
  docs:
    command: [npx, -y, "some server"]
    args: ["--port", "\${env:PORT}"]
    env: {TOKEN: "Bearer \${file:~/token}", PLAIN: "$\${HOME}"}
    agents: [claude]
    people: true
    required: false
  tracker:
    transport: sse
    url: https://x/\${env:PATH}
    headers: {A: "\${command:pass show x}", B: "\${fill:your key}"}
    workers: false
`,
    pieces: [
      '${env:',
      '${',
      '}',
      '$${',
      '{env:X}',
      'none:',
      '__proto__: {command: x}',
      'command: x\n',
      'url: y\n',
      '*a',
      '&a ',
      '- ',
      ': ',
      '\n    ',
    ],
    read: (given) => ({ servers: parseMcpFile(given) }),
  },
  {
    file: '/s/permissions.yaml',
    sample: `allow: ["shell(git status *)", search, "read(src/**)", "mcp(docs.find)"]
ask: ["shell(git push *--force*)", "edit(package.json)", "edit(**/x/*.ts)"]
deny:
  - read(**/.env)
  - read(~/.ssh/**)
  - fetch(*.example.com)
  - shell(rm *)
  - edit(/etc/**)
`,
    pieces: [
      'shell(',
      ')',
      '**',
      '*',
      '/',
      '../',
      '~/',
      '{',
      '}',
      'mcp(a)',
      '  - read(1)\n',
      '  - shell(1)\n',
      '  - fetch(x)\n',
      '\\',
      '?',
      '[a]',
      ':*',
      '__proto__: []\n',
    ],
    read: (given) => ({ permissions: parsePermissions(given) }),
  },
  {
    file: '/s/commands/go.md',
    sample: `---
description: "Says: hello"
argument-hint: "[who]"
agent: build
model: opus
subtask: true
allowed-tools: ["shell(git diff *)", read]
---
Say hello to {{1}} and {{2}}, then {{args}}. A plain {{{{. Cost: $5, @path, \`x\` and !\`ls\`.
\`\`\`!
$1 $ARGUMENTS \${CLAUDE_EFFORT} \\$0
\`\`\`
`,
    pieces: [
      '{{1}}',
      '{{99}}',
      '{{args}}',
      '{{',
      '}}',
      '{{{{',
      '$',
      '\\',
      '!`',
      '@',
      '```!',
      '---\n',
      '\0',
      '$1',
      '[0]',
      'subtask: 1\n',
      'model: x/y\n',
      '\u2028',
      '\r\n',
    ],
    read: (given) => ({ commands: [parseCommand(given)] }),
  },
  {
    file: '/s/roles/reviewer.md',
    sample: '---\ndescription: Reads\nmodel: sonnet\ntools: [shell, read]\n---\nYou are a reviewer of {env:HOME}.\n',
    pieces: ['tools: []\n', 'tools: [x]\n', '---\n', '{file:x}', '\0', 'model: a b\n'],
    read: (given) => {
      const role = parseRole(given);
      assert.ok(role.prompt.trim() !== '' && role.name === 'reviewer');
      return {};
    },
  },
];

const empty: Source = { commands: [], servers: {}, permissions: { allow: [], ask: [], deny: [] }, tiers: defaults.models.tiers };

async function holds({ kind, text }: { kind: Kind; text: string }): Promise<string> {
  const name = kind.file.replace(/^\/s\//, '');
  let read: Partial<Source>;
  try {
    read = kind.read({ file: kind.file, text });
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    assert.equal(fault.code, 'config');
    const line = new RegExp(`^${kind.file}:(\\d+): .`).exec(fault.message)?.[1];
    assert.ok(line !== undefined && Number(line) >= 1 && Number(line) <= text.split('\n').length + 1, fault.message);
    assert.ok(fault.hint !== '');
    return `${name} refused`;
  }
  for (const { own } of [claude, opencode]) {
    const { pieces, lost } = await own.forms({ source: { ...empty, ...read }, env: { HOME: '/nowhere' }, project: null });
    for (const { what } of lost) assert.ok(what.length > 0 && !what.includes('\n'), what);
    for (const piece of pieces) {
      if (piece.kind === 'file') assert.equal(typeof parseYaml(piece.value.split('\n---\n')[0] ?? ''), 'object');
      else assert.deepEqual(JSON.parse(JSON.stringify(piece.value)), piece.value);
      assert.ok(piece.path.startsWith('/nowhere/'));
    }
  }
  return `${name} read`;
}

const inputs = fc
  .constantFrom(...kinds)
  .chain((kind) =>
    fc
      .oneof(
        { weight: 1, arbitrary: anyText },
        { weight: 9, arbitrary: broken(fc.constant(kind.sample), { pieces: kind.pieces, most: 3 }) },
      )
      .map((text) => ({ kind, text })),
  );

export const sources: Target<{ kind: Kind; text: string }> = {
  name: 'sources',
  inputs,
  holds,
  reaches: kinds.flatMap(({ file }) => [`${file.slice(3)} read`, `${file.slice(3)} refused`]),
};
