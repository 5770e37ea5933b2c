// A batch of OpenCode alone: what its workers were started with, read from the kernel by a program that then becomes the
// scripted agent, is byte for byte what was reviewed; which is what they were started with before there were accounts. That the
// real OpenCode works when it is started so is shown by every other story of it.
import { readdirSync, readFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { installScriptedAgent } from '../agent/install-scripted-agent.ts';
import type { Action } from '../agent/script.ts';
import { expectGolden } from '../support/golden.ts';
import { openYard, type Told } from '../support/yard.ts';

const commit = (file: string): Action => ({ commit: { file, content: 'x\n', message: 'the work' } });

test('workers of OpenCode are started with the reviewed arguments and environment', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 First thing #auto-dispatch\n- [ ] t2 Second thing #auto-dispatch\n- [ ] t3 Third thing #auto-dispatch model:acme/coder-1 ~5m\n',
    // The first is resumed once.
    env: {
      SUPERVISOR_CLI: 'opencode',
      ANTHROPIC_API_KEY: 'sk-ant-test-1',
      ANTHROPIC_AUTH_TOKEN: 'test-2',
      CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-test-3',
      OPENROUTER_API_KEY: 'sk-or-test-4',
      EDITOR: 'vi',
    },
    paths: (root) => ({ opencode: recorder(root) }),
  });
  const ran = await yard.run('run', '--concurrency', '3');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  expect((await yard.json<Told[]>('ls')).map(({ state }) => state)).toEqual(['done', 'done', 'done']);
  const records = join(yard.root, 'records');
  const value = readdirSync(records)
    .map((one) => {
      const words = (file: string): string[] =>
        readFileSync(join(records, one, file), 'utf8')
          .split('\0')
          .slice(0, -1);
      return { argv: words('argv'), environment: words('environ').toSorted() };
    })
    .filter(({ argv }) => argv.includes('run'))
    .toSorted((a, b) => (a.argv.join(' ') < b.argv.join(' ') ? -1 : 1));
  const text = JSON.stringify(value)
    .replaceAll(yard.root, '<root>')
    .replaceAll(yard.env['PATH'] ?? '', '<path>')
    .replaceAll(yard.server.url, '<server>')
    .replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, '<attempt>')
    .replaceAll(/ses_\w+/g, '<session>');
  expectGolden({ file: new URL('./golden/opencode-batch.json', import.meta.url), value: JSON.parse(text) as unknown });
});

/** Notes what it was started with, one folder per start, and becomes the agent. */
function recorder(root: string): string {
  const file = join(root, 'recorder', 'opencode');
  mkdirSync(dirname(file));
  mkdirSync(join(root, 'records'));
  const script = { t1: [[{ say: 'I think that this is done.' }], [commit('one')]], t2: [[commit('two')]], t3: [[commit('three')]] };
  const agent = installScriptedAgent({ folder: join(root, 'agents'), name: 'opencode', script });
  const lines = [
    '#!/bin/sh',
    'i=1',
    `until mkdir "${root}/records/$i" 2>/dev/null; do i=$((i + 1)); done`,
    `cat /proc/$$/environ > "${root}/records/$i/environ"`,
    `printf '%s\\0' "$@" > "${root}/records/$i/argv"`,
    `SCRIPTED_AGENT="${agent.env.SCRIPTED_AGENT}" exec "${agent.path}" "$@"`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o755 });
  return file;
}
