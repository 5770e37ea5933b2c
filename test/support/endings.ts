// The common part of the endings of both real agents: the script of each ending, and the expected state of its task
// afterwards.
import { expect } from 'vitest';
import type { Step } from '../model-server/steps.ts';
import { impatient, patient, setStall } from './stall.ts';
import { strays, type Told, type Yard } from './yard.ts';

export interface Ending {
  readonly title: string;
  readonly steps: readonly Step[];
  readonly state: string;
  readonly verdict: string;
}

export const commitWork = { bash: 'echo done > done.txt && git add -A && git commit -q -m "the work"' };

export const commonEndings = {
  t11: { title: 'hung backend', steps: [{ hang: true }], state: 'failed', verdict: 'stalled' },
  t1: { title: 'success with tools', steps: [{ bash: 'ls' }, commitWork, { say: 'Done.' }], state: 'done', verdict: 'work' },
  t3: {
    title: 'forbidden',
    steps: [{ error: { status: 403, type: 'permission_error', message: 'not allowed' } }],
    state: 'blocked',
    verdict: 'auth',
  },
  t8: { title: 'cut stream', steps: [{ cut: 'I will' }], state: 'queued', verdict: 'connection' },
  t9: { title: 'over budget', steps: [{ bash: 'ls', usage: { output: 20_000 } }], state: 'blocked', verdict: 'budget' },
  t10: { title: 'too many turns', steps: [{ bash: 'ls' }], state: 'failed', verdict: 'turns' },
} as const satisfies Record<string, Ending>;

export type Endings = Readonly<Record<string, Ending>>;

export const worker = { stallMinutes: patient, maxRetries: 0, maxBudgetUsd: 0.2, maxSteps: 5, graceSeconds: 1, backoffSeconds: 600 };

/** The one that no server answers, if it is among these, is ended once it has asked. */
export async function endHung(yard: Yard, endings: Endings): Promise<void> {
  const id = 't11';
  if (!(id in endings)) return;
  const run = yard.run('run', '--until', 'idle', '--task', id);
  await Promise.race([yard.server.request(({ scenario }) => scenario === id, new AbortController().signal), run]);
  setStall(yard, impatient);
  await run;
  setStall(yard, patient);
}

/** The task list and the script of these endings; `words` returns what follows the title in a line. */
export function listOf(
  endings: Endings,
  words: (id: string) => string,
): { readonly todo: string; readonly script: Record<string, Step[]> } {
  const all = Object.entries(endings);
  return {
    todo: all.map(([id, one]) => `- [ ] ${id} ${one.title} #auto-dispatch ${words(id)}\n`).join(''),
    script: Object.fromEntries(all.map(([id, one]) => [id, [...one.steps]])),
  };
}

/**
 * Checks that each task has its state and verdict, that the run with the tasks of `inRun` counted them, and that no process
 * is left.
 */
export function expectEndings(given: {
  readonly yard: Yard;
  readonly endings: Endings;
  readonly told: readonly Told[];
  readonly stdout: string;
  readonly inRun: readonly string[];
}): void {
  const { yard, endings, told, stdout, inRun } = given;
  const seen = Object.fromEntries(told.map((task) => [task.id, { state: task.state, verdict: task.verdict }]));
  const expected = Object.fromEntries(Object.entries(endings).map(([id, one]) => [id, { state: one.state, verdict: one.verdict }]));
  expect(seen, JSON.stringify(told, null, 1)).toEqual(expected);
  const states = inRun.map((id) => endings[id]?.state ?? '');
  const counts = Object.fromEntries(states.map((state) => [state, states.filter((one) => one === state).length]));
  expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ type: 'summary', ...counts });
  expect(strays(yard.home)).toEqual([]);
}
