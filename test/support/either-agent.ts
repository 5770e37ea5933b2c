// Lets one agent and then the other do the same tasks with Anthropic's models, which both agents can use.
import { expect } from 'vitest';
import { openYard, type Yard, type YardOptions } from './yard.ts';

const model = (name: string) => ({ name, cost: { input: 3, output: 15 }, limit: { context: 200_000, output: 8192 } });
export const tiers = {
  opus: 'anthropic/claude-opus-5-5',
  sonnet: 'anthropic/claude-sonnet-5-5',
  haiku: 'anthropic/claude-haiku-5-5',
};
const providers = (url: string) => ({
  anthropic: {
    npm: '@ai-sdk/anthropic',
    options: { baseURL: `${url}/v1` },
    models: Object.fromEntries(Object.values(tiers).map((id) => [id.slice('anthropic/'.length), model(id)])),
  },
});
const key = 'sk-ant-api03-story';

export function openTiers(options: YardOptions): Promise<Yard> {
  const env = { ANTHROPIC_API_KEY: key, ...options.env };
  const config = { models: { default: 'opus', tiers }, ...options.config };
  return openYard({ claudeEnv: {}, providers, ...options, config, env, script: { default: [{ say: 'ok' }], ...options.script } });
}

interface Shown {
  readonly state: string;
  readonly branch: string;
  readonly transitions: readonly { readonly from: string; readonly to: string }[];
  readonly attempts: readonly { readonly agent: string; readonly model: string; readonly account: string; readonly verdict: string }[];
}

/**
 * `given`: the script for the scripted model or agents. In it, t1 first does nothing and then writes a file; t2 needs no
 * change.
 */
export async function sameByEither(given: Pick<YardOptions, 'script' | 'actions'>): Promise<void> {
  const ids = ['t1', 't2'];
  const seen: unknown[] = [];
  for (const agent of ['opencode', 'claude']) {
    const yard = await openTiers({
      todo: ids.map((id, i) => `- [ ] ${id} Task number ${i} #auto-dispatch\n`).join(''),
      ...given,
      env: { SUPERVISOR_CLI: agent },
    });
    const ran = await yard.run('run', '--concurrency', '2');
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    const shown = await Promise.all(ids.map((id) => yard.json<Shown>('show', id)));
    yard.git('fetch', '--quiet', 'origin');
    for (const { attempts } of shown) expect(new Set(attempts.map((attempt) => attempt.agent))).toEqual(new Set([agent]));
    seen.push(
      shown.map(({ state, branch, transitions, attempts }) => ({
        state,
        branch,
        moves: transitions.map(({ from, to }) => `${from} ${to}`),
        verdicts: attempts.map(({ verdict }) => verdict),
        files: attempts.at(-1)?.verdict === 'work' ? yard.git('ls-tree', '-r', '--name-only', `origin/${branch}`) : null,
      })),
    );
  }
  expect(seen[1]).toEqual(seen[0]);
}
