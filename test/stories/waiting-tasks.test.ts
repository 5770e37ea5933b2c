// Where a run has nothing to do for now: what waits, for what and until when is told, and its end counts every task.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { ended, openYard } from '../support/yard.ts';

const todo = '- [ ] t1 First #auto-dispatch model:opus\n- [ ] t2 Second #auto-dispatch model:opus\n- [ ] t3 Later\n';

test('a run whose accounts all cool down says what waits, for what and until when', async () => {
  const limited = [{ error: { status: 429, message: 'rate limit error' } }];
  const yard = await openYard({ todo, actions: { t1: [limited], t2: [limited] }, config: { routing: { cooldownSeconds: 3600 } } });
  const run = yard.start('run', '--concurrency', '1');
  const all = ended(run);
  const lines = createInterface({ input: run.stdout ?? process.stdin });
  const told = new Promise<string>((resolve) => void lines.on('line', (line) => line.startsWith('waiting:') && resolve(line)));
  expect(await told).toMatch(/^waiting: 2 tasks; t[12] until \d{4}-\S+Z \(in \w+\): .*(?:cooling-down|rate-limit)/);
  run.kill('SIGINT');
  await once(lines, 'close');
  const { code, stdout } = await all;
  expect(code).toBe(130);
  expect(stdout).toMatch(/\n2 queued; \$0\S*\n$/);
  const again = await yard.run('run', '--until', 'idle');
  expect(again).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/^nothing to do now: 2 queued; the next to start is t[12] until \S+Z/),
  });
  expect(again.stderr).not.toContain('#auto-dispatch');
});

test('a run in which all tasks are blocked says so at its end', async () => {
  const yard = await openYard({ todo, actions: {}, config: { delivery: { setup: 'false' } } });
  expect(await yard.run('run')).toMatchObject({ code: 1, stdout: expect.stringMatching(/\n2 blocked; \$0\S*\n$/) });
  const again = await yard.run('run');
  expect(again).toMatchObject({ code: 3, stderr: expect.stringMatching(/^nothing to do now: 2 blocked; `yardmaster explain ID`/) });
  expect(again.stderr).not.toContain('#auto-dispatch');
});

test('the last line of a run for one task counts the other tasks too', async () => {
  const yard = await openYard({
    todo,
    actions: { t2: [[{ commit: { file: 't2', content: 'x\n', message: 'the work' } }]] },
    config: { delivery: { setup: '[ -e "$HOME/ready" ]' } },
  });
  await yard.run('run', '--task', 't1');
  yard.write(`${yard.root}/person/ready`, '');
  const ran = await yard.run('run', '--json');
  expect(ran.code).toBe(0);
  expect(JSON.parse(ran.stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ type: 'summary', done: 1, blocked: 1, queued: 0 });
});
