// The real agents at work in sessions that go on: with an attempt that delivered nothing, and with a check that failed.
import { expect } from 'vitest';
import type { AgentName } from './agents.ts';
import { openYard } from './yard.ts';

const commit = (file: string) => ({ bash: `echo ${file} > ${file} && git add -A && git commit -q -m "the work"` });

interface Shown {
  readonly state: string;
  readonly retries: number;
  readonly attempts: {
    readonly role: string | null;
    readonly verdict: string;
    readonly session: string;
    readonly worktree: string;
    readonly costUsd: number;
    readonly commits: number;
    readonly tokens: { readonly input: number; readonly output: number };
  }[];
}

const toolsOf = (tools: readonly string[]): string[] => tools.filter((name) => name !== 'DeferredToolPlaceholder').toSorted();

/**
 * After an attempt without delivery and after a failed check, the same session continues in the same checkout with the same role, and
 * learns what is missing. Claude Code has t1, OpenCode t2.
 */
export async function continuesInItsSession(names: readonly AgentName[]): Promise<void> {
  const ids = names.map((name) => (name === 'claude' ? 't1' : 't2'));
  const todo = names.map(
    (name, i) => `- [ ] ${ids[i]} Make the file #auto-dispatch agent:${name} ${name === 'claude' ? 'model:opus' : ''} role:reviewer\n`,
  );
  const steps = [
    { say: 'I think that this is done.' },
    commit('wrong'),
    { say: 'Now it is.' },
    { bash: 'git mv wrong right && git commit -q -m "the right name"' },
    { say: 'Mended.' },
  ];
  const yard = await openYard({
    todo: todo.join(''),
    script: { t1: steps, t2: steps },
    files: { '.yardmaster/roles/reviewer.md': '---\ntools: [shell, read]\n---\nMARK-REVIEWER\n' },
    config: { delivery: { checks: ['test -e right || { echo "there is no file right" >&2; exit 1; }'] } },
  });
  const ran = await yard.run('run', '--concurrency', '2');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  for (const id of ids) {
    const shown = await yard.json<Shown>('show', id);
    expect(shown.attempts.map((attempt) => attempt.verdict)).toEqual(['no-delivery', 'checks', 'work']);
    expect(shown.retries).toBe(2);
    expect(new Set(shown.attempts.map((attempt) => attempt.role))).toEqual(new Set(['reviewer']));
    const requests = yard.server.requests().filter(({ scenario, kind }) => scenario === id && kind === 'step');
    const given = requests.map(({ body, tools }) => [JSON.stringify(body).includes('MARK-REVIEWER'), toolsOf(tools)]);
    expect(given).toEqual(requests.map(() => [true, id === 't1' ? ['Bash', 'Read'] : ['bash', 'glob', 'grep', 'read']]));
    expect(new Set(shown.attempts.map((attempt) => attempt.session)).size).toBe(1);
    expect(new Set(shown.attempts.map((attempt) => attempt.worktree)).size).toBe(1);
    // Costs are each attempt's own, although an agent may count on over a resumed session.
    expect(shown.attempts.map((attempt) => attempt.tokens)).toEqual(
      [1, 2, 2].map((steps_) => expect.objectContaining({ input: 1000 * steps_, output: 100 * steps_ })),
    );
    const per = (shown.attempts[0]?.costUsd ?? 0) * 1e6;
    expect(shown.attempts.map((attempt) => Math.round(attempt.costUsd * 1e6))).toEqual([per, 2 * per, 2 * per].map(Math.round));
  }
  const prompts = yard.server
    .requests()
    .filter((request) => request.kind === 'step')
    .map((request) => request.prompt);
  expect(prompts.some((prompt) => prompt.includes('there is no file right'))).toBe(true);
  expect(prompts.some((prompt) => prompt.includes('this branch has no commit'))).toBe(true);
  // Every token that the server served is accounted for.
  const served = yard.server.requests().reduce((sum, request) => sum + (request.usage?.input ?? 0), 0);
  const counted = await Promise.all(
    ids.map(async (id) => (await yard.json<Shown>('show', id)).attempts.reduce((sum, attempt) => sum + attempt.tokens.input, 0)),
  );
  expect(counted.reduce((a, b) => a + b, 0)).toBe(served);
}
