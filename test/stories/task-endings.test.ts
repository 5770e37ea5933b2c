// A batch of tasks of different endings, by the scripted agent where a real one cannot be made to; each is told truly.
import { expect, test } from 'vitest';
import type { Action, AgentScript } from '../agent/script.ts';
import { atWork, eventsOf, judged } from '../support/events-of.ts';
import { impatient, patient, setStall } from '../support/stall.ts';
import { ended, openYard, strays, type Told, type Yard } from '../support/yard.ts';

const resetsAt = Math.floor(Date.now() / 1000) + 3 * 3600;
const commit = (file: string, content = 'x\n'): Action => ({ commit: { file, content, message: 'the work' } });

interface Ending {
  readonly title: string;
  readonly line?: string;
  readonly attempts: AgentScript[string];
  readonly state: string;
  readonly verdict: string | null;
  readonly tries: number;
  /** What `explain` must say. */
  readonly why: RegExp;
}

const endings: Readonly<Record<string, Ending>> = {
  t1: {
    title: 'commits its work',
    attempts: [[{ say: 'I begin.' }, commit('one.txt'), { say: 'Done.' }]],
    state: 'done',
    verdict: 'work',
    tries: 1,
    why: /pushed to origin/,
  },
  t2: {
    title: 'leaves changes behind',
    attempts: [[{ edit: { file: 'two.txt', content: 'two' } }]],
    state: 'done',
    verdict: 'work',
    tries: 1,
    why: /pushed to origin/,
  },
  t3: {
    title: 'needs no change',
    attempts: [[{ say: '**No change needed**: it is so already.' }]],
    state: 'done',
    verdict: 'no-change',
    tries: 1,
    why: /no change needed/i,
  },
  t4: {
    title: 'delivers nothing',
    attempts: [[{ say: 'All done!' }]],
    state: 'failed',
    verdict: 'no-delivery',
    tries: 2,
    why: /no commit/,
  },
  t5: {
    title: 'fails the check once',
    attempts: [[commit('broken', 'five')], [commit('broken', '')]],
    state: 'done',
    verdict: 'work',
    tries: 2,
    why: /pushed/,
  },
  t6: {
    title: 'fails the check always',
    attempts: [[commit('broken', 'six')], [{ say: 'I see nothing wrong.' }]],
    state: 'failed',
    verdict: 'checks',
    tries: 2,
    why: /checks: .*exited with 3/,
  },
  t7: {
    title: 'crashes',
    attempts: [[{ say: 'oh' }, { signal: { name: 'SIGSEGV' } }]],
    state: 'failed',
    verdict: 'crashed',
    tries: 2,
    why: /SIGSEGV/,
  },
  t8: {
    title: 'meets a usage limit',
    line: 'agent:claude model:opus',
    attempts: [[{ limit: { kind: 'usage', resetsAt } }]],
    state: 'queued',
    verdict: 'usage-limit',
    tries: 1,
    why: /limit/,
  },
  t9: {
    title: 'is refused a sign-in on one account and then on the other',
    line: 'model:duo/coder-1',
    attempts: [[{ error: { status: 401, message: 'bad key' } }]],
    state: 'blocked',
    verdict: 'auth',
    tries: 2,
    why: /failed with auth/,
  },
  t10: {
    title: 'hangs and ignores TERM',
    attempts: [[{ ignoreTerm: true }, { say: 'zzz' }, { hang: true }]],
    state: 'failed',
    verdict: 'stalled',
    tries: 2,
    why: /no output for .*zzz/,
  },
  t11: {
    title: 'is refused a permission',
    line: 'agent:opencode',
    attempts: [[{ autoReject: true }]],
    state: 'blocked',
    verdict: 'permission-denied',
    tries: 1,
    why: /auto-rejecting/,
  },
  t12: {
    title: 'may not be pushed',
    attempts: [[commit('twelve.txt')]],
    state: 'blocked',
    verdict: 'push-refused',
    tries: 1,
    why: /no branch for t12/,
  },
  t13: {
    title: 'prints rubbish',
    attempts: [
      [
        { raw: { base64: Buffer.from([0, 255, 254, 10, 123, 34, 10]).toString('base64') } },
        { raw: { text: '{"type":"step_finish","part":{"cost":"much"' } },
        { raw: { text: '\n' } },
        { rawBytes: { mb: 100 } },
        commit('rubbish.txt'),
        { say: 'Done.' },
      ],
    ],
    state: 'done',
    verdict: 'work',
    tries: 1,
    why: /pushed/,
  },
  t14: {
    title: 'leaves servers behind',
    attempts: [[{ fork: { kind: 'nohup' } }, { fork: { kind: 'setsid' } }, { fork: { kind: 'double-fork' } }, commit('fork.txt')]],
    state: 'done',
    verdict: 'work',
    tries: 1,
    why: /pushed/,
  },
  t15: {
    title: 'runs another agent than asked for',
    line: 'agent:opencode',
    attempts: [[{ fallbackAgent: true }, commit('other.txt')]],
    state: 'blocked',
    verdict: 'misconfigured',
    tries: 1,
    why: /Falling back/,
  },
  t16: {
    title: 'waits for one that failed',
    line: 'blocked-by:t4',
    attempts: [[]],
    state: 'queued',
    verdict: null,
    tries: 0,
    why: /waits for t4 \(failed\)/,
  },
};

/** Its two attempts are ended once each has said its words. */
const silent = 't10';

async function endsInSilence(yard: Yard): Promise<void> {
  const supervisor = yard.start('run', '--until', 'idle', '--json', '--task', silent);
  const all = ended(supervisor);
  const event = eventsOf(supervisor);
  const first = await event(atWork(silent));
  setStall(yard, impatient);
  await event(judged(silent));
  setStall(yard, patient);
  await event((one) => atWork(silent)(one) && one['attempt'] !== first['attempt']);
  setStall(yard, impatient);
  await all;
}

test('ls and explain report each of many kinds of ending correctly', async () => {
  const todo = Object.entries(endings).map(([id, one]) => `- [ ] ${id} ${one.title} #auto-dispatch ${one.line ?? ''}\n`);
  const yard = await openYard({
    todo: todo.join(''),
    actions: Object.fromEntries(Object.entries(endings).map(([id, one]) => [id, one.attempts])),
    config: {
      accounts: {
        first: { provider: 'duo', secret: 'command:echo key-1' },
        second: { provider: 'duo', secret: 'command:echo key-2' },
      },
      worker: { stallMinutes: patient, maxRetries: 1, graceSeconds: 0.3, backoffSeconds: 600 },
      delivery: { checks: ['test ! -s broken || { echo "broken is not empty" >&2; exit 3; }'] },
    },
    files: {},
  });
  // The remote takes no branch of t12.
  const hook = `${yard.root}/origin.git/hooks/update`;
  yard.write(hook, '#!/bin/sh\ncase $1 in *t12*) echo "no branch for t12" >&2; exit 1;; esac\n', 0o755);

  const others = Object.keys(endings).filter((id) => id !== silent);
  await yard.run('run', '--until', 'idle', '--concurrency', '4', ...others.flatMap((id) => ['--task', id]));
  await endsInSilence(yard);
  const told = await yard.json<Told[]>('ls');
  const seen = Object.fromEntries(told.map(({ id, state, verdict, attempts }) => [id, { state, verdict, tries: attempts }]));
  const expected = Object.fromEntries(Object.entries(endings).map(([id, { state, verdict, tries }]) => [id, { state, verdict, tries }]));
  expect(seen, JSON.stringify(told, null, 1)).toEqual(expected);
  for (const [id, ending] of Object.entries(endings)) {
    const explained = await yard.json<{ why: string; since: string; moves: string }>('explain', id);
    expect(explained.why, id).toMatch(ending.why);
    expect(explained.moves, id).not.toBe('');
    expect(Date.parse(explained.since), id).toBeGreaterThan(0);
  }
  // What the worker was told after its failed check, and that it went on in the same session and worktree.
  const second = yard.attempts().find((one) => one.task === 't5' && one.attempt === 2);
  const first = yard.attempts().find((one) => one.task === 't5' && one.attempt === 1);
  expect(second?.prompt).toContain('broken is not empty');
  expect(second?.cwd).toBe(first?.cwd);
  expect(second?.argv.join(' ')).toContain('--session ses_');
  const refused = await yard.json<{ attempts: { account: string }[] }>('show', 't9');
  expect(refused.attempts.map(({ account }) => account)).toEqual(['first', 'second']);
  // Delivered work is on the remote with its files; what failed keeps its worktree; TODO.md is ticked for what is done.
  expect(yard.git('show', `${told.find((task) => task.id === 't2')?.deliveredCommit}:two.txt`)).toBe('two');
  for (const [id, { state }] of Object.entries(endings))
    expect(yard.todo()).toMatch(new RegExp(`^- \\[${state === 'done' ? 'x' : ' '}\\] ${id} `, 'm'));
  expect(strays(yard.home)).toEqual([]);
});
