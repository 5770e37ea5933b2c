// Sessions that the real agents cannot continue: the conversation is too long for the model, or the agent's stored data of
// it is broken. The work continues in a new session in the same worktree. If the agent solves the problem by itself, that
// is no failure.
import { expect } from 'vitest';
import type { Choice } from '../model-server/model-server.ts';
import type { Step } from '../model-server/steps.ts';
import { openYard, strays } from './yard.ts';

const commit = (file: string): Step => ({ bash: `echo x > ${file} && git add -A && git commit -q -m "the work"` });
const overflow = (message: string): readonly Step[] => [{ error: { status: 400, type: 'invalid_request_error', message } }];

const scenes = {
  begin: [{ bash: 'echo begun > begun.txt', text: 'I have laid the ground.' }],
  anew: [commit('work.txt'), { say: 'Done.' }],
  'too-long-claude': overflow('prompt is too long: 1200000 tokens > 1000000 maximum'),
  'too-long': overflow("This model's maximum context length is 200000 tokens. However, your messages resulted in 240000 tokens."),
  summary: [{ say: '## Goal\nTo make the file.' }],
  break: [{ bash: 'for f in ../../tasks/4-t4/opencode/data/opencode/opencode.db*; do echo garbage > $f; done' }],
  end: [{ say: 'I think that this is done.' }],
} as const satisfies Record<string, readonly Step[]>;

type Scene = keyof typeof scenes;

/**
 * The answers to the first requests of each task of OpenCode; all later requests are answered normally. Claude Code has t1.
 */
const fates = {
  t2: ['begin', 'too-long', 'too-long'],
  t3: ['begin', 'too-long', 'summary'],
  t4: ['break', 'end'],
} as const satisfies Record<string, readonly Scene[]>;

type TaskId = 't1' | keyof typeof fates;

interface Shown {
  readonly state: string;
  readonly attempts: { readonly verdict: string; readonly session: string; readonly worktree: string }[];
}

export async function goesOn(ids: readonly TaskId[]): Promise<void> {
  const asked = new Map<string, number>();
  const next = (task: string): number => {
    const count = asked.get(task) ?? 0;
    asked.set(task, count + 1);
    return count;
  };
  const choose = ({ prompt, path }: Choice): string => {
    // Claude Code's requests for a summary do not name the task, so Claude Code has only one task.
    if (path.includes('/messages'))
      return `t1 ${prompt.includes('was cut short') ? 'anew' : next('t1') === 0 ? 'begin' : 'too-long-claude'}`;
    // A request that continues after a summary does not name the task either.
    const task = (/\btask (t[234])\b/i.exec(prompt)?.[1] ?? 't3') as keyof typeof fates;
    return `${task} ${fates[task][next(task)] ?? 'anew'}`;
  };
  const yard = await openYard({
    todo: ids.map((id) => `- [ ] ${id} Make it #auto-dispatch ${id === 't1' ? 'model:opus' : ''}\n`).join(''),
    script: Object.fromEntries(ids.flatMap((id) => Object.entries(scenes).map(([name, steps]) => [`${id} ${name}`, steps]))),
    choose,
  });
  const ran = await yard.run('run', '--concurrency', String(ids.length));
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const shown = Object.fromEntries(await Promise.all(ids.map(async (id) => [id, await yard.json<Shown>('show', id)] as const)));
  const verdicts = (id: string): string[] => shown[id]?.attempts.map(({ verdict }) => verdict) ?? [];
  const expected: Readonly<Record<TaskId, readonly string[]>> = {
    t1: ['context', 'work'],
    t2: ['context', 'work'],
    t3: ['work'],
    t4: ['session', 'work'],
  };
  for (const id of ids) {
    // A broken session is noticed at once, or when it is resumed after its end without a delivery.
    const noticed = id === 't4' ? verdicts(id).filter((verdict) => verdict !== 'no-delivery') : verdicts(id);
    expect(noticed, id).toEqual(expected[id]);
  }
  for (const id of ids.filter((one) => one !== 't3')) {
    const attempts = shown[id]?.attempts ?? [];
    expect(new Set(attempts.map(({ worktree }) => worktree)).size, id).toBe(1);
    expect(attempts.at(-1)?.session, id).not.toBe(attempts[0]?.session);
  }
  const prompts = yard.server.requests().map(({ prompt }) => prompt);
  for (const id of ids.filter((one) => one === 't1' || one === 't2'))
    expect(
      prompts.some((prompt) => prompt.includes(`Task ${id}`) && prompt.includes('cut short (context') && prompt.includes('begun.txt')),
    ).toBe(true);
  expect(strays(yard.home)).toEqual([]);
}
