// What the real OpenCode's own database says of a subagent, and of a session that goes on; and a question to it.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { opencode } from '../../src/agents/opencode/adapter.ts';
import { tallyOf } from '../../src/core/transcript/tally.ts';
import type { Step } from '../model-server/steps.ts';
import { asksOnce, run, setScene } from '../support/real-agent.ts';

test('opencode: the cost of a subagent is read from its database, and a resumed session costs its second run only', async ({ skip }) => {
  const task = { description: 'sub', prompt: 'Look around.', subagent_type: 'general' };
  const steps: Step[] = [
    { tool: { name: 'task', input: task }, text: 'I delegate.' },
    { bash: 'true', text: 'Sub at work.' },
    { say: 'Sub done.' },
    { say: 'All done.' },
    { say: 'More done.' },
  ];
  const scene = await setScene({ name: 'opencode', steps, skip });
  const first = await run(scene);
  const since = 0;
  const after = await opencode.afterwards({ site: scene.site, session: first.outcome.session, since });
  const [child] = after;
  expect(first.events.some((event) => event.type === 'child' && event.session === (child?.type === 'child' ? child.session : ''))).toBe(
    true,
  );
  const database = new DatabaseSync(join(scene.root, 'task/opencode/data/opencode/opencode.db'), { readOnly: true });
  const rows = database
    .prepare('SELECT id, parent_id, cost, tokens_input, tokens_output FROM session ORDER BY parent_id IS NOT NULL')
    .all();
  database.close();
  const figures = { cost: 0.009, tokens_input: 2000, tokens_output: 200 };
  expect(rows).toEqual([
    { id: first.outcome.session, parent_id: null, ...figures },
    { id: child?.type === 'child' ? child.session : null, parent_id: first.outcome.session, ...figures },
  ]);
  expect(after).toEqual([
    expect.objectContaining({ type: 'child', cost: 9000, tokens: expect.objectContaining({ input: 2000, output: 200 }) }),
  ]);
  const whole = opencode.outcome({ exit: { code: 0, signal: null }, tally: tallyOf([...first.events, ...after]), stderr: '' });
  expect(whole).toMatchObject({ ok: true, cost: 18_000, tokens: { input: 4000, output: 400 }, steps: 2, lastWords: 'All done.' });
  // A later attempt on the resumed session does not pay for it again.
  expect(await opencode.afterwards({ site: scene.site, session: first.outcome.session, since: Date.now() })).toEqual([]);

  const second = await run(scene, { request: { resume: first.outcome.session } });
  expect(second.outcome).toMatchObject({
    ok: true,
    session: first.outcome.session,
    cost: 4500,
    tokens: { input: 1000, output: 100 },
    steps: 1,
    lastWords: 'More done.',
  });
});

test('opencode: the action eval asks the model once, offers no tools and ends', ({ skip }) =>
  asksOnce({ name: 'opencode', action: 'eval', skip }));
