// The real Claude Code through endings that differ in who ends it: itself, at its end, at a refusal or at a limit that we gave it;
// our watch, because it hangs. The others, which are other words for a refusal, are in claude-endings.full.test.ts; how they are
// read is shown by its recorded lines (src/agents/claude/outcome.test.ts). That a request which fails once is no failure is shown
// by ledger.test.ts.
import { expect, test } from 'vitest';
import { claudeModel, claudeToldTruly } from '../support/claude-endings.ts';
import { needsAgents } from '../support/skip-without.ts';
import { openYard } from '../support/yard.ts';

needsAgents('claude');

test('success, refusals, limits and a hung backend of the real Claude Code get the right verdicts', async () => {
  await claudeToldTruly(['t11', 't2', 't9', 't10', 't14', 't15']);
});

test('a plan’s usage limit is reported with its reset and does not count as a retry of the task', async () => {
  const resetsAt = Math.floor(Date.now() / 1000) + 7200;
  const yard = await openYard({
    todo: `- [ ] t1 Limited #auto-dispatch agent:claude ${claudeModel}\n`,
    script: { default: [{ say: 'ok' }], t1: [{ usageLimit: { resetsAt } }] },
    claudeEnv: { CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-test-000' },
  });
  await yard.run('run', '--until', 'idle');
  const shown = await yard.json<{
    state: string;
    notBefore: string;
    retries: number;
    attempts: { verdict: string; billing: string; costUsd: number }[];
  }>('show', 't1');
  expect(shown).toMatchObject({ state: 'queued', retries: 0, attempts: [{ verdict: 'usage-limit', billing: 'subscription', costUsd: 0 }] });
  expect(Date.parse(shown.notBefore)).toBe(resetsAt * 1000);
  const sent = yard.server.requests().filter((request) => request.kind === 'step');
  // The trial of its sign-in, and the worker.
  expect(sent.map((request) => [request.bearer, request.apiKey])).toEqual(['trial', 'worker'].map(() => ['sk-ant-oat01-test-000', null]));
});
