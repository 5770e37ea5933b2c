// Roles of workers, with both real agents: the prompt and the tools that reach the model, from wherever a role is named;
// a name that stands for none starts nothing. (That a session which goes on keeps its role is in real-work.test.ts and real-work.full.test.ts.)
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { expect, test } from 'vitest';
import { needsAgents } from '../support/skip-without.ts';
import { ended, openYard, strays, type Told, type Yard } from '../support/yard.ts';

needsAgents('claude', 'opencode');

const program = fileURLToPath(new URL('../mcp-server/stdio.ts', import.meta.url));
const work = (file: string) => [{ bash: `echo x > ${file} && git add -A && git commit -q -m "the work"` }, { say: 'Done.' }];
const role = (head: object, prompt: string): string => `---\n${stringify(head)}---\n${prompt}\n`;

/** What OpenCode would read or replace in a configuration of its own. */
const odd = 'MARK-REVIEWER {env:HOME} {file:./nowhere} "quoted"';
const files = {
  '.yardmaster/roles/reviewer.md': role({ description: 'Reviews', tools: ['shell', 'read'] }, odd),
  '.yardmaster/roles/clerk.md': role({ tools: ['shell', 'mcp', 'fetch', 'search', 'edit'], model: 'acme/coder-2' }, 'MARK-CLERK'),
  '.yardmaster/mcp.yaml': stringify({ servers: { docs: { command: process.execPath, args: [program, 'docs', 'well'] } } }),
};

/** Agents of the same names, a tool, and a rule of the project's own. */
const theirs = {
  '.claude/agents/reviewer.md': '---\nname: reviewer\ndescription: theirs\nmodel: haiku\n---\nMARK-THEIRS\n',
  '.claude/settings.json': JSON.stringify({ permissions: { deny: ['Bash(git push:*)'] } }),
  '.opencode/agent/yardmaster-reviewer.md':
    '---\ndescription: theirs\nmodel: acme/nothing\npermission: {edit: allow}\ndisable: true\n---\nMARK-THEIRS\n',
  '.opencode/tool/mine.ts': `export default { description: 'mine', args: {}, async execute() { return 'mine' } }\n`,
  'opencode.json': JSON.stringify({ permission: { bash: { 'git push *': 'deny' } }, agent: { reviewer: { disable: true } } }),
};

interface Shown {
  readonly role: string | null;
  readonly attempts: { readonly id: string; readonly session: string; readonly role: string | null; readonly verdict: string }[];
}

function requestsOf(yard: Yard, id: string): { prompt: string; body: string; tools: readonly string[]; model: string }[] {
  return yard.server.requests().flatMap(({ scenario, kind, body, tools, model }) => {
    if (scenario !== id || kind !== 'step') return [];
    const told = body as { system?: readonly { text: string }[]; messages: readonly { role: string; content: unknown }[] };
    const prompt = [
      ...(told.system ?? []).map(({ text }) => text),
      ...told.messages.flatMap((one) => (one.role === 'system' ? [one.content] : [])),
    ];
    return [
      {
        prompt: JSON.stringify(prompt),
        body: JSON.stringify(body),
        tools: tools.filter((name) => name !== 'DeferredToolPlaceholder').toSorted(),
        model,
      },
    ];
  });
}

const providers = (url: string) => ({
  acme: {
    npm: '@ai-sdk/openai-compatible',
    options: { baseURL: `${url}/v1`, apiKey: 'sk-test-000' },
    models: Object.fromEntries(['coder-1', 'coder-2'].map((name) => [name, { name, limit: { context: 200_000, output: 8192 } }])),
  },
});

test('the prompt and exactly the tools of a role reach the model, whether the task, its batch or the configuration chose it', async () => {
  const push = { bash: 'git push --dry-run origin HEAD' };
  const yard = await openYard({
    todo: [
      '- [ ] t1 Make it #auto-dispatch model:opus role:reviewer mcp:docs',
      '- [ ] t2 Make it #auto-dispatch role:reviewer mcp:docs',
      '- [ ] t3 Make it #auto-dispatch model:opus',
      '- [ ] t4 Make it #auto-dispatch',
      '- [ ] t5 Make it #auto-dispatch model:opus role:none',
      '',
    ].join('\n'),
    script: {
      t1: [push, ...work('1.txt')],
      t2: [push, { tool: { name: 'write', input: { filePath: 'made.txt', content: 'x' } } }, ...work('2.txt')],
      ...Object.fromEntries([3, 4, 5, 6, 7].map((n) => [`t${n}`, work(`${n}.txt`)])),
    },
    files: { ...files, ...theirs },
    config: { tools: { role: 'everything' } },
    providers,
  });
  const mine = join(yard.root, 'person', '.config', 'yardmaster', 'agents', 'roles');
  yard.write(join(mine, 'everything.md'), 'MARK-EVERYTHING\n');
  yard.write(join(mine, 'reviewer.md'), 'MARK-PERSON\n');
  await yard.json('batch', 'create', 'office', '--role', 'clerk', '--mcp', 'docs');
  for (const [id, ...more] of [['t6'], ['t7', '--model', 'opus']])
    await yard.json('add', 'Make it', '--id', `${id}`, '--batch', 'office', ...more);
  const ran = await yard.run('run', '--concurrency', '4');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  expect(ran.stderr).not.toContain('Falling back');

  const marks = ['REVIEWER', 'EVERYTHING', 'CLERK', 'THEIRS', 'PERSON'];
  const seen = (id: string): unknown[] => {
    const [first] = requestsOf(yard, id);
    return [first?.model, marks.filter((mark) => first?.body.includes(`MARK-${mark}`)), first?.tools];
  };
  const shellOnly = ['Bash', 'Read'];
  expect(seen('t1')).toEqual(['claude-opus-5-5', ['REVIEWER'], shellOnly]);
  expect(seen('t2')).toEqual(['coder-1', ['REVIEWER'], ['bash', 'glob', 'grep', 'read']]);
  const all = expect.arrayContaining(['Agent', 'Bash', 'Edit', 'Read', 'Write']);
  expect(seen('t3')).toEqual(['claude-opus-5-5', ['EVERYTHING'], all]);
  expect(seen('t4')).toEqual(['coder-1', ['EVERYTHING'], expect.arrayContaining(['bash', 'edit', 'mine', 'read', 'task', 'write'])]);
  expect(seen('t5')).toEqual(['claude-opus-5-5', [], all]);
  // The role's model, unless the task names one.
  expect(seen('t6')).toEqual(['coder-2', ['CLERK'], ['bash', 'docs_hello', 'edit', 'webfetch', 'write']]);
  expect(seen('t7')).toEqual([
    'claude-opus-5-5',
    ['CLERK'],
    ['Bash', 'Edit', 'NotebookEdit', 'WebFetch', 'WebSearch', 'Write', 'mcp__docs__hello'],
  ]);
  for (const id of ['t1', 't2']) {
    const [first, second] = requestsOf(yard, id);
    expect(first?.prompt).toContain(JSON.stringify(odd).slice(1, -1));
    expect(second?.body, 'what the project denies stays denied').toMatch(/has been denied|prevents you from using/);
  }
  expect(requestsOf(yard, 't2')[2]?.body).toContain('unavailable tool');
  expect(existsSync(join(yard.repo, 'made.txt'))).toBe(false);
  const shown = await yard.json<Shown>('show', 't6');
  expect([shown.role, shown.attempts.map((one) => one.role)]).toEqual([null, ['clerk']]);
  expect((await yard.json<Shown>('show', 't1')).role).toBe('reviewer');
  expect((await yard.run('show', 't1')).stdout).toMatch(/role +reviewer/);
});

test('an unknown role, or one that cannot be read, is an error before anything is started', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 Make it #auto-dispatch role:nope\n- [ ] t2 Make it #auto-dispatch role:broken model:opus\n- [ ] t3 Make it #auto-dispatch\n',
    files: { ...files, '.yardmaster/roles/broken.md': '---\ndescription: x\ntools: [shell, Bash]\n---\nx\n' },
    config: { tools: { role: 'unheard' } },
  });
  await yard.json('batch', 'create', 'office', '--role', 'nobody');
  await yard.json('add', 'Make it', '--id', 't4', '--batch', 'office');
  for (const args of [
    ['add', 'It', '--role', 'nope'],
    ['add', 'It', '--role', 'broken'],
    ['command', 'claude', 'run', '--role', 'nope'],
    ['command', 'opencode', 'run'],
  ]) {
    const refused = await yard.run(...args);
    expect([refused.code, refused.stdout], args.join(' ')).toEqual([1, '']);
    expect(refused.stderr).toMatch(
      /there is no role "(?:nope|unheard)"; these are described: broken, clerk, reviewer|broken\.md:3: tools\.1: expected one of shell, read/,
    );
  }
  const ran = await yard.run('run');
  expect(ran.code, ran.stderr).not.toBe(0);
  const known = 'these are described: broken, clerk, reviewer';
  expect(
    (await yard.json<Told[]>('ls'))
      .toSorted((a, b) => a.id.localeCompare(b.id))
      .map(({ state, attempts, reason }) => [state, attempts, reason]),
  ).toEqual([
    ['blocked', 0, `unknown-role: there is no role "nope"; ${known}`],
    ['blocked', 0, expect.stringMatching(/^unknown-role: \S+\/\.yardmaster\/roles\/broken\.md:3: tools\.1: expected one of shell, read/)],
    ['blocked', 0, `unknown-role: there is no role "unheard"; ${known}`],
    ['blocked', 0, `unknown-role: there is no role "nobody"; ${known}`],
  ]);
  expect(yard.server.requests()).toEqual([]);
  const told = await yard.json<{ moves: string }>('explain', 't1');
  expect(told.moves).toContain('roles/NAME.md');
});

test('another role begins a new session, because Claude Code keeps the prompt of a session that it resumes', async ({ signal }) => {
  const yard = await openYard({
    todo: '- [ ] t1 Make it #auto-dispatch model:opus\n',
    script: { t1: [{ bash: 'echo x > x' }, { hang: true }, ...work('one.txt')] },
    files: { ...files, '.yardmaster/roles/scribe.md': 'MARK-SCRIBE\n' },
    config: { tools: { role: 'reviewer' } },
  });
  const supervisor = yard.start('run');
  const killed = ended(supervisor);
  await yard.server.request(({ scenario, step }) => scenario === 't1' && step === 1, signal);
  supervisor.kill('SIGKILL');
  await killed;
  for (const pid of strays(yard.home)) process.kill(pid, 'SIGKILL');
  const config = join(yard.repo, 'yardmaster.yaml');
  yard.write(config, readFileSync(config, 'utf8').replace('role: reviewer', 'role: scribe'));
  const ran = await yard.run('run');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const { attempts } = await yard.json<Shown>('show', 't1');
  expect(attempts.map((one) => [one.role, one.verdict])).toEqual([
    ['reviewer', 'killed'],
    ['scribe', 'work'],
  ]);
  expect(new Set(attempts.map(({ session }) => session)).size).toBe(2);
  const last = requestsOf(yard, 't1').at(-1);
  expect([last?.body.includes('MARK-REVIEWER'), last?.prompt.includes('MARK-SCRIBE')]).toEqual([false, true]);
});

test('the definition of a role is in a private file that is removed with the worker, and ps shows only the role’s name', async ({
  signal,
}) => {
  const yard = await openYard({
    todo: '- [ ] t1 Make it #auto-dispatch model:opus role:reviewer\n',
    script: { t1: [{ hang: true }] },
    files,
  });
  const gone = ended(yard.start('run'));
  await yard.server.request(({ scenario }) => scenario === 't1', signal);
  const [attempt] = (await yard.json<{ attempts: { id: string; pid: number }[] }>('show', 't1')).attempts;
  const file = join(yard.home, 'attempts', attempt?.id ?? '', 'private', 'agents.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    reviewer: { description: 'Reviews', prompt: odd, tools: ['Bash', 'Read', 'Glob', 'Grep'] },
  });
  const { args } = await yard.json<{ args: string[] }>('command', 'claude', 'run', '--role', 'reviewer', '--model', 'opus');
  expect(args).toContain('--agents');
  expect(args[args.indexOf('--agent') + 1]).toBe('reviewer');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const line = readFileSync(`/proc/${attempt?.pid}/cmdline`, 'utf8');
  expect(line).toContain('--agents');
  expect(line).not.toContain('MARK-REVIEWER');
  expect((await yard.run('cancel', 't1')).code).toBe(0);
  await gone;
  expect(existsSync(file)).toBe(false);
});
