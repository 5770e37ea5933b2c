import { describe, expect, it } from 'vitest';
import { failureKinds, failureRule } from './failure.ts';

describe('the closed list of failures', () => {
  it('is the reviewed one: what happens next, and whether the task pays for it', () => {
    const told = failureKinds.map((kind) => {
      const { next, charge, atMost, blocks, resume } = failureRule(kind);
      return `${kind}: ${next}${charge ? ', charged' : ''}${atMost === null ? '' : `, at most ${atMost}`}${blocks === true ? ', then blocked' : ''}${resume ? '' : ', in a new session'}`;
    });
    expect(told).toMatchInlineSnapshot(`
      [
        "auth: elsewhere",
        "billing: elsewhere",
        "usage-limit: cooled",
        "rate-limit: cooled",
        "overloaded: instead",
        "backend: instead",
        "connection: later",
        "request: never, in a new session",
        "budget: never",
        "turns: again, charged",
        "refusal: again, charged, at most 1, in a new session",
        "permission-denied: never",
        "tools: never",
        "misconfigured: never, in a new session",
        "output: again, charged, at most 1",
        "stalled: again, charged",
        "wall-time: again, charged",
        "killed: again, at most 3",
        "stopped: again",
        "crashed: again, charged",
        "context: again, charged, in a new session",
        "session: again, charged, in a new session",
        "never-started: later, at most 4, then blocked, in a new session",
        "no-delivery: again, charged, at most 1",
        "checks: again, charged",
        "submodule: again, charged, at most 1, then blocked",
        "untrusted: never",
        "setup: never",
        "repository-away: aside",
        "worktree: later, at most 3",
        "leftovers: later, at most 3, then blocked",
        "secret-in-work: never",
        "repository: never",
        "disk-full: aside",
        "push-refused: never",
        "push-unreachable: aside",
      ]
    `);
  });

  it.each(failureKinds)('%s has a title and a hint for people', (kind) => {
    const { title, hint } = failureRule(kind);
    expect(title.length).toBeGreaterThan(10);
    expect(hint.length).toBeGreaterThan(5);
    expect(title).not.toMatch(/[.\n]$/);
  });

  it('has names that a stored reason can begin with', () => {
    for (const kind of failureKinds) expect(kind).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    expect(new Set(failureKinds).size).toBe(failureKinds.length);
  });

  it('never answers at once and for ever: what is not put off is charged, bounded, moved away from, or a person’s doing', () => {
    const endless = failureKinds.filter((kind) => {
      const rule = failureRule(kind);
      return rule.next === 'again' && !rule.charge && rule.atMost === null;
    });
    expect(endless).toEqual(['stopped']);
  });

  it('does not charge a task for its environment', () => {
    const environment = [
      'auth',
      'billing',
      'usage-limit',
      'rate-limit',
      'overloaded',
      'backend',
      'connection',
      'killed',
      'stopped',
      'repository-away',
      'worktree',
      'push-unreachable',
      'disk-full',
      'never-started',
    ] as const;
    for (const kind of environment) expect(failureRule(kind).charge, kind).toBe(false);
  });
});
