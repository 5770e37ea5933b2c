// What an agent, or a check, repeats of a secret that it was given stands nowhere in what we write.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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

test('in words, in calls, in errors, in what a check prints; on a screen, in the database, in notices, in the next prompt', async () => {
  const yard = await openYard({
    todo,
    claudeEnv: {},
    env: { ANTHROPIC_API_KEY: key },
    config: {
      worker: { maxRetries: 1 },
      delivery: { checks: ['cat told.txt; exit 1'] },
      notify: { command: 'printf "%s" "$YARDMASTER_MESSAGE" > "$HOME/told"' },
    },
    actions: {
      t1: [
        [
          { say: `the key is ${key}, in base64 ${inBase64}` },
          { tool: { name: 'Bash', input: { command: `curl -H "x-api-key: ${key}"` }, output: `401 for ${key}` } },
          { commit: { file: 'told.txt', content: `${key}\n`, message: 'the work' } },
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

test('of a worker that another supervisor started, too', async () => {
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
  const first = yard.start('run');
  await expect.poll(async () => (await yard.run('logs', 't1')).stdout, { timeout: 30_000 }).toContain('up');
  first.kill('SIGKILL');
  yard.write(join(yard.root, 'agents', 'go'), '');
  const { stdout } = await yard.run('run');
  without(stdout + written(yard));
  expect((await yard.run('logs', 't1')).stdout).toContain(`it is ${shown}`);
  expect(existsSync(join(yard.home, 'attempts'))).toBe(true);
});
