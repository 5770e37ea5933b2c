// What an agent, or a check, repeats of a secret that it was given stands nowhere in what we write, and work that contains it
// goes nowhere.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { atWork, eventsOf } from '../support/events-of.ts';
import { openYard, type Yard } from '../support/yard.ts';

const key = 'sk-ant-api03-quoted-0123456789';
const inBase64 = Buffer.from(`user:${key}`).toString('base64');
const shown = '${ANTHROPIC_API_KEY}';

/** The database with its journal, and the log of a supervisor that is up. */
function written(yard: Yard): string {
  const files = readdirSync(yard.home).filter((name) => /^yardmaster\.db|\.log$/.test(name));
  return files.map((name) => readFileSync(join(yard.home, name), 'latin1')).join('');
}

function without(text: string): void {
  expect(text).not.toContain(key);
  expect(text).not.toContain('YXBpMDMtcXVvdGVk');
  expect(text).not.toContain(inBase64.slice(8, -4));
}

const todo = '- [ ] t1 First #auto-dispatch model:opus\n';

test('secrets in texts, calls, errors and checks’ output appear neither on a screen nor in the database, notices or the next prompt', async () => {
  const yard = await openYard({
    todo,
    claudeEnv: {},
    env: { ANTHROPIC_API_KEY: key },
    config: {
      worker: { maxRetries: 1 },
      delivery: { checks: ['echo "$ANTHROPIC_API_KEY"; exit 1'], checkEnv: ['ANTHROPIC_API_KEY'] },
      notify: { command: 'printf "%s" "$YARDMASTER_MESSAGE" > "$HOME/told"' },
    },
    actions: {
      t1: [
        [
          { say: `the key is ${key}, in base64 ${inBase64}` },
          { tool: { name: 'Bash', input: { command: `curl -H "x-api-key: ${key}"` }, output: `401 for ${key}` } },
          { commit: { file: 'told.txt', content: 'told\n', message: 'the work' } },
        ],
        [{ error: { status: 400, message: `no access with ${key}` } }],
      ],
    },
  });
  const ran = await yard.run('run');
  const seen = [ran.stdout, ran.stderr];
  for (const args of [
    ['ls'],
    ['ls', '--json'],
    ['show', 't1'],
    ['show', 't1', '--json'],
    ['logs', 't1', '--json'],
    ['logs', 't1', '--attempt', '1'],
  ]) {
    const { stdout, stderr } = await yard.run(...args);
    seen.push(stdout, stderr);
  }
  for (const text of seen) without(text);
  expect(seen.join('')).toContain(`no access with ${shown}`);
  expect(seen.join('')).toContain(`x-api-key: ${shown}`);
  without(written(yard));
  without(readFileSync(join(yard.root, 'person', 'told'), 'utf8'));
  const second = yard.attempts().find(({ attempt }) => attempt === 2)?.prompt ?? '';
  expect(second).toContain(shown);
  without(second);
});

test('the secrets of a worker that another supervisor started are masked too', async () => {
  const yard = await openYard({
    todo,
    claudeEnv: {},
    env: { ANTHROPIC_API_KEY: key },
    config: { supervisor: { pollMs: 50 }, worker: { maxRetries: 0 } },
    actions: {
      t1: [
        [{ say: 'up' }, { waitFor: { file: 'go' } }, { say: `it is ${key}` }, { error: { status: 400, message: `no access with ${key}` } }],
      ],
    },
  });
  const first = yard.start('run', '--json');
  await eventsOf(first)(atWork('t1'));
  first.kill('SIGKILL');
  yard.write(join(yard.root, 'agents', 'go'), '');
  const { stdout } = await yard.run('run');
  without(stdout + written(yard));
  expect((await yard.run('logs', 't1')).stdout).toContain(`it is ${shown}`);
  expect(existsSync(join(yard.home, 'attempts'))).toBe(true);
});

test('a secret in the configuration itself is masked with the name of its setting', async () => {
  const literal = 'literal-token-0123456789';
  const yard = await openYard({
    todo,
    config: {
      worker: { maxRetries: 0 },
      notify: { webhook: 'http://127.0.0.1:9/hooks/literal-webhook-0123456789' },
    },
    claudeEnv: { ANTHROPIC_API_KEY: key, OWN_TOKEN: literal },
    actions: { t1: [[{ say: `it has ${literal}, and literal-webhook-0123456789` }, { error: { status: 400, message: 'no access' } }]] },
  });
  const ran = await yard.run('run');
  expect((await yard.run('logs', 't1')).stdout).toContain('it has agents.claude.env.OWN_TOKEN, and notify.webhook');
  for (const text of [ran.stdout, ran.stderr, written(yard)]) {
    expect(text).not.toContain(literal);
    expect(text).not.toContain('literal-webhook');
  }
});

interface Shown {
  readonly state: string;
  readonly reason: string;
  readonly worktree: string;
  readonly attempts: readonly { readonly verdict: string }[];
}

test('work that contains a secret is blocked with its name and line, and is delivered without a worker once it is removed', async () => {
  const yard = await openYard({
    todo,
    claudeEnv: {},
    env: { ANTHROPIC_API_KEY: key },
    actions: {
      t1: [
        [
          { commit: { file: 'key.ts', content: `const a = 1;\nconst key = '${key}';\n`, message: 'the work' } },
          { commit: { file: 'key.ts', content: 'const a = 1;\n', message: 'safe again' } },
          { edit: { file: 'left.txt', content: 'left\n' } },
        ],
      ],
    },
  });
  await yard.run('run');
  const blocked = await yard.json<Shown>('show', 't1');
  expect(blocked).toMatchObject({
    state: 'blocked',
    reason: expect.stringMatching(
      /^secret-in-work: the work in .* contains the value of \$\{ANTHROPIC_API_KEY\}: in key\.ts line 2 \(commit [0-9a-f]{12}\) \(remove it from the files there .* Then retry the task/,
    ),
  });
  // Neither a branch of the person's nor one of the remote, no object of it, and nothing that we committed there.
  const there = (...args: string[]): string => execFileSync('git', ['-C', blocked.worktree, ...args], { encoding: 'utf8', env: yard.env });
  expect(yard.git('for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/yardmaster/tip')).toBe('refs/heads/main');
  expect(yard.git('ls-remote', '--heads', 'origin')).toMatch(/^\w+\trefs\/heads\/main$/);
  expect(there('status', '--porcelain')).toBe('?? left.txt\n');
  without(written(yard));
  // A person takes it out of the history.
  there('reset', '--quiet', '--soft', 'HEAD~2');
  there('commit', '--quiet', '--message', 'the work');
  await yard.run('retry', 't1');
  await yard.run('run');
  const done = await yard.json<Shown>('show', 't1');
  expect([done.state, done.attempts.map(({ verdict }) => verdict)]).toEqual(['done', ['secret-in-work', 'work']]);
  expect(yard.attempts()).toHaveLength(1);
  for (const gitFolder of [join(yard.repo, '.git'), join(yard.root, 'origin.git')])
    expect(yard.git('--git-dir', gitFolder, 'log', '-p', '--branches', '--format=%B')).not.toContain(key);
});

test('a supervisor that takes a worker over finds secrets in its work too', async () => {
  const yard = await openYard({
    todo,
    claudeEnv: {},
    env: { ANTHROPIC_API_KEY: key },
    config: { supervisor: { pollMs: 50 } },
    actions: { t1: [[{ say: 'up' }, { waitFor: { file: 'go' } }, { edit: { file: 'key.txt', content: `${inBase64}\n` } }]] },
  });
  const first = yard.start('run', '--json');
  await eventsOf(first)(atWork('t1'));
  first.kill('SIGKILL');
  yard.write(join(yard.root, 'agents', 'go'), '');
  await yard.run('run');
  const shown = await yard.json<Shown>('show', 't1');
  expect(shown.reason).toMatch(/^secret-in-work: .* contains the value of \$\{ANTHROPIC_API_KEY\}: in key\.txt line 1 \(not committed\)/);
});
