// The demo as a person starts it, in an empty home.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { agentBinary } from '../support/agents.ts';
import { ended, openYard } from '../support/yard.ts';

interface Shown {
  readonly repo: string;
  readonly tasks: readonly {
    readonly id: string;
    readonly state: string;
    readonly agent: string;
    readonly model: string;
    readonly verdict: string;
    readonly attempts: readonly unknown[];
  }[];
}

test.skipIf(agentBinary('claude') === null || agentBinary('opencode') === null)('six tasks by two real agents all end done', async () => {
  const yard = await openYard({ todo: '', actions: {} });
  // From the source, as `npm run demo` runs it: it finds the agents among the checkout's dependencies.
  const program = fileURLToPath(new URL('../../bin/yardmaster.js', import.meta.url));
  const ran = await ended(spawn(process.execPath, [program, 'demo', '--json'], { cwd: yard.root, env: yard.env }));
  expect(ran.code, ran.stderr).toBe(0);
  const shown = JSON.parse(ran.stdout) as Shown;
  expect(shown.tasks.map(({ id, state, verdict, agent, attempts }) => [id, state, verdict, agent, attempts.length])).toEqual([
    ['t1', 'done', 'work', 'claude', 1],
    ['t2', 'done', 'work', 'opencode', 1],
    ['t3', 'done', 'work', 'claude', 1],
    ['t4', 'done', 'work', 'opencode', 1],
    ['t5', 'done', 'no-change', 'claude', 1],
    ['t6', 'done', 'work', 'opencode', 1],
  ]);
  expect(new Set(shown.tasks.map((task) => task.model.split('/')[0]))).toEqual(new Set(['anthropic', 'acme']));
  // It leaves its throw-away folder for a further look.
  rmSync(dirname(shown.repo), { recursive: true });
});
