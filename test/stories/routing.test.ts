// Which agent, by whose word, and what is done where an agent does not behave as it should. The agents are scripted ones: what is
// decided here is decided before they are started.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { openTiers as open, sameByEither, tiers } from '../support/either-agent.ts';
import { strays, type Told } from '../support/yard.ts';

const commit = (file: string): Action => ({ commit: { file, content: `${file}\n`, message: 'the work' } });
test('Claude Code alone serves all tiers on the plan, chosen by tag, by name and by default', async () => {
  const lines = ['#trivial', '#docs', '#architecture', 'model:sonnet', ''];
  const yard = await open({
    todo: lines.map((line, i) => `- [ ] t${i + 1} Task ${i} #auto-dispatch ${line}\n`).join(''),
    actions: {
      ...Object.fromEntries(lines.map((_, i) => [`t${i + 1}`, [[commit(`${i}.txt`)]]])),
      '*': [[{ say: 'ok' }]],
    },
    env: { CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-story', ANTHROPIC_API_KEY: '' },
  });
  const ran = await yard.run('run', '--concurrency', '5');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const told = await yard.json<(Told & { model: string; billing: string })[]>('ls');
  expect(told.map(({ state, agent, model: of, billing }) => [state, agent, of, billing])).toEqual(
    [tiers.haiku, tiers.sonnet, tiers.opus, tiers.sonnet, tiers.opus].map((tier) => ['done', 'claude', tier, 'subscription']),
  );
});

test('either agent brings the same tasks to the same verdicts, states, branch names and files', async () => {
  // The real agents do the same in routing.full.test.ts.
  await sameByEither({ actions: { t1: [[{ say: 'Done.' }], [commit('one.txt')]], t2: [[{ say: 'No change needed: it is so.' }]] } });
});

test('a wrong agent or model is refused, and no other agent is used instead', async () => {
  const yard = await open({ todo: '- [ ] t1 Task #auto-dispatch model:grand\n- [ ] t2 Task #auto-dispatch model:acme/coder-1\n' });
  const refused = async (env: Record<string, string>, ...args: string[]): Promise<unknown> => {
    const child = yard.startWith(env, 'route', '--json', ...args);
    let out = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
    const code = await new Promise((resolve) => child.once('close', resolve));
    const told = JSON.parse(out) as { refused?: string; reasons: string[] };
    return [code, told.refused, told.reasons.at(-1)];
  };
  expect(await refused({ SUPERVISOR_CLI: 'codex' })).toEqual([3, 'unknown-agent', expect.stringContaining('opencode, claude')]);
  expect(await refused({}, '--model', 'grand')).toEqual([3, 'unknown-model', expect.stringContaining('opus, sonnet, haiku')]);
  expect(await refused({ SUPERVISOR_CLI: 'claude' }, '--model', 'acme/coder-1')).toEqual([3, 'provider-not-served', expect.any(String)]);
  expect(await refused({}, '--model', 'nowhere/x')).toEqual([3, 'no-account', expect.stringContaining('nowhere')]);
});

test.each([
  ['hangs', 'exec sleep 987654', 'unknown: timed out'],
  ['prints rubbish', 'printf "\\000\\377{]\\n{\\"type\\":\\"result\\"}\\n"; exit 0', 'crashed'],
  ['is not there any more', 'exit 127', 'never-started'],
])('a sign-in trial that %s proves nothing, so the work is done with the key', async (_, behaviour, why) => {
  const yard = await open({
    todo: '- [ ] t1 Task #auto-dispatch\n',
    // Who does the work does not matter here, so it is the scripted agent.
    actions: { t1: [[commit('one.txt')]] },
    env: { CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-story' },
    paths: (root) => ({ claude: join(root, 'odd-claude') }),
  });
  const odd = `#!/bin/sh\ncase "$*" in *--version*) echo "Claude, version two" ;; *) ${behaviour} ;; esac\n`;
  yard.write(join(yard.root, 'odd-claude'), odd, 0o755);
  const ran = await yard.run('run', '--json');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  expect(await yard.json<Told[]>('ls')).toMatchObject([{ state: 'done', agent: 'opencode', account: 'anthropic' }]);
  const signIn = ran.stdout.split('\n').flatMap((line) => (line.includes('"sign-in"') ? [JSON.parse(line) as { why: string }] : []));
  expect(signIn.map((event) => event.why)).toEqual([expect.stringContaining(why)]);
  const agents = await yard.json<{ name: string; installed: boolean; version: string | null }[]>('agents');
  expect(agents.find(({ name }) => name === 'claude')).toMatchObject({ installed: true, version: null });
  expect(strays(yard.home)).toEqual([]);
});
