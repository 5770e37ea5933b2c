// The person's repository is read-only for the real agents and for checks, and they work all the same.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { localPlace } from '../../src/places/local/local-place.ts';
import { needsAgents } from '../support/skip-without.ts';
import { openYard, type Told } from '../support/yard.ts';

needsAgents('claude', 'opencode');

const write =
  'echo mine >>"$HOME/../repo/README.md"; git -C "$HOME/../repo" update-ref refs/heads/stolen HEAD; touch "$HOME/../repo/.git/hooks/pre-push"';

test('an agent’s and a check’s writes into the person’s repository are refused, and the work is delivered', async ({ skip }) => {
  const agents = ['claude', 'opencode'];
  const yard = await openYard({
    todo: agents
      .map((name, i) => `- [ ] t${i + 1} Make the file #auto-dispatch agent:${name} ${name === 'claude' ? 'model:opus' : ''}\n`)
      .join(''),
    script: Object.fromEntries(
      ['t1', 't2'].map((id) => [
        id,
        [{ bash: `${write}; echo ${id} >${id} && git add -A && git commit -q -m "the work"` }, { say: 'Done.' }],
      ]),
    ),
    config: { delivery: { checks: [`${write}; exit 0`] } },
  });
  skip(!(await localPlace().protects({ isolate: 'auto', protect: [yard.repo], writable: [] })), 'no read-only mounts can be had here');
  const before = readFileSync(join(yard.repo, 'README.md'), 'utf8');
  const ran = await yard.run('run', '--until', 'idle', '--concurrency', '2');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  expect(readFileSync(join(yard.repo, 'README.md'), 'utf8')).toBe(before);
  expect(existsSync(join(yard.repo, '.git/hooks/pre-push'))).toBe(false);
  expect(execFileSync('git', ['-C', yard.repo, 'branch', '--list', 'stolen'], { encoding: 'utf8' })).toBe('');
  expect((await yard.json<Told[]>('ls')).map(({ state }) => state)).toEqual(['done', 'done']);
});
