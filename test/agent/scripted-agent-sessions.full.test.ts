// The script that the scripted agent performs for a task and an attempt, and how it resumes a session.
// `npm test` shows what its stories use of it.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { heard, install, kinds, root, run, useAgentFolder, spoken } from './start-scripted.samples.ts';

useAgentFolder();

describe.each(kinds)('%s: attempts and sessions', (kind) => {
  test('the task in the prompt chooses, attempts are counted per task, the last repeats', async () => {
    const agent = install(kind, { t1: [[{ say: 'one' }], [{ say: 'two' }]], 't1.2': [[{ say: 'child' }]], '*': [[{ say: 'any' }]] });
    const said: string[] = [];
    for (const prompt of ['# Task t1: x', 'go on with t1', 't1', '# Task t1.2: like t1', 'no id', 'unknown t99'])
      said.push(heard(kind, await run({ kind, agent, prompt })).texts.join());
    expect(said).toEqual(['one', 'two', 'two', 'child', 'any', 'any']);
    expect(agent.attempts().map(({ task, attempt }) => `${task}#${attempt}`)).toEqual(['any#1', 'any#2', 't1#1', 't1#2', 't1#3', 't1.2#1']);
    expect(agent.attempts()[2]).toMatchObject({
      prompt: '# Task t1: x',
      argv: spoken[kind].argv,
      cwd: join(root, 'tree'),
      env: { ANTHROPIC_API_KEY: 'sk-test' },
      pid: expect.any(Number),
    });
    expect(agent.attempts()[2]!.env).not.toHaveProperty('NODE_COMPILE_CACHE');
  });

  test('agents that start at the same time never get the same attempt', async () => {
    const agent = install(kind, { t1: [[{ say: 'a' }], [{ say: 'b' }], [{ say: 'c' }], [{ say: 'd' }]] });
    const ends = await Promise.all([1, 2, 3, 4].map(() => run({ kind, agent, prompt: 't1' })));
    expect(ends.map(({ code, signal, stderr }) => [code, signal, stderr])).toEqual(ends.map(() => [0, null, '']));
    expect(ends.map((end) => heard(kind, end).texts.join()).toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('resume: known sessions only; Claude’s cost is cumulative, and the cost of this run is reported beside it', async () => {
    const agent = install(kind, [{ step: { cost: 0.5 } }]);
    const first = await run({ kind, agent, env: { XDG_DATA_HOME: '/a' } });
    const last = first.events.at(-1)!;
    const id = String(last['session_id'] ?? last['sessionID']);
    const flag = kind === 'claude' ? '--resume' : '--session';
    const second = await run({ kind, agent, args: [flag, id], env: { XDG_DATA_HOME: '/a' } });
    expect(second.events.at(-1)).toMatchObject(
      kind === 'claude' ? { ...spoken.claude.success, session_id: id } : { ...spoken.opencode.success, sessionID: id },
    );
    const cumulative = {
      total_cost_usd: 1,
      modelUsage: { 'claude-sonnet-5-5': { costUSD: 1 } },
      model_usage_since_last_result: { 'claude-sonnet-5-5': { costUSD: 0.5 } },
    };
    expect(second.events.at(-1)).toMatchObject(kind === 'claude' ? cumulative : { part: { cost: 0.5 } });
    // Claude Code accepts an id for a new session only once; OpenCode finds a session only in the data folder in which it
    // began.
    const refusals = {
      claude: { args: ['--session-id', id], stderr: `Error: Session ID ${id} is already in use.\n`, env: {} },
      opencode: { args: [flag, id], stderr: expect.stringContaining('Session not found') as string, env: { XDG_DATA_HOME: '/b' } },
    };
    const { args, stderr, env } = refusals[kind];
    expect(await run({ kind, agent, args, env })).toMatchObject({ code: 1, stderr, events: [] });
    const unknown = await run({ kind, agent, args: [flag, 'nope'] });
    expect(unknown).toMatchObject({
      code: 1,
      events: [],
      stderr: expect.stringMatching(kind === 'claude' ? /^No conversation found with session ID: nope/ : /Session not found/),
    });
    // A refused session is not an attempt.
    expect(agent.attempts()).toHaveLength(2);
  });

  test('--version, no prompt, no script', async () => {
    const agent = install(kind, []);
    const version = (env: Record<string, string>): string => execFileSync(agent.path, ['--version'], { encoding: 'utf8', env });
    expect(version({})).toBe(kind === 'claude' ? '2.1.330 (Claude Code)\n' : '1.18.33\n');
    expect(version({ SCRIPTED_AGENT_AS: 'opencode' })).toBe('1.18.33\n');
    expect(await run({ kind, agent, prompt: ' \n' })).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Error: .*must/) });
    const missing = await run({ kind, agent, env: { SCRIPTED_AGENT: join(root, 'none.json') } });
    expect(missing).toMatchObject({ code: 70, stderr: expect.stringContaining('cannot read the script') });
  });
});
