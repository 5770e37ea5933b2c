import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure, Row } from '../figure.ts';
import type { Ground } from '../ground.ts';
import { cpuOf, now, sum } from '../samples.ts';
import { agents, openStage, type Stage } from '../stage.ts';
import { startProgram } from '../supervised.ts';

const [count, atOnce] = [200, 8];

/** Alternates with the shell loop, because the speed of a shared machine changes within minutes. */
const rounds = 3;

export const endToEnd: Figure = {
  name: 'end-to-end',
  says:
    `${count} tasks of TODO.md from start to end (${atOnce} at a time, pushed to a bare remote, ticked, worktrees removed), by an agent that is a ` +
    'shell script and commits at once, so that our own share is as large as possible. The limit: the rate of a shell loop by `xargs -P8` that ' +
    'fetches, adds a worktree, starts the same script, pushes and removes the worktree, the same number of times; both alternate.',
  async take(ground) {
    // Built here, so that the time of no round includes it.
    ground.program();
    const loops: number[] = [];
    const ours: Run[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      loops.push(await shellLoop(ground, { name: `loop-${round}` }));
      ours.push(await byYardmaster(ground, { name: `end-to-end-${round}` }));
    }
    const rate = (all: readonly number[]): number => (count * rounds * 1000) / sum(all);
    const limit = { what: 'shell loop', value: rate(loops) };
    const row: Row = { what: 'tasks', value: rate(ours.map(({ ms }) => ms)), unit: '/s', limit, bar: { of: 'ratio', least: 0.8 } };
    const perTask = (of: (run: Run) => number): string => (sum(ours.map(of)) / count / rounds).toFixed(0);
    const each = ours.map(({ ms }, at) => ((loops[at] ?? Number.NaN) / ms).toFixed(2)).join(', ');
    const cpu = `${perTask(({ own }) => own)} ms CPU of the supervisor, ${perTask(({ children }) => children)} ms of its children`;
    return [{ ...row, note: `${each} in ${rounds} rounds; per task ${cpu}` }];
  },
};

interface Run {
  readonly ms: number;
  readonly own: number;
  readonly children: number;
}

async function byYardmaster(ground: Ground, given: { readonly name: string }): Promise<Run> {
  const lines = Array.from({ length: count }, (_, at) => `- [ ] t${at + 1} Do piece ${at + 1} of the work #auto-dispatch\n`);
  const config = { supervisor: { concurrency: atOnce } };
  const stage = openStage(ground, { ...given, agent: agents.commits, todo: `# Tasks\n\n${lines.join('')}`, config });
  const store = await stage.store();
  await store.addRepo({ root: stage.repo, at: Date.now() });
  const from = now();
  const program = startProgram(ground, { stage, ...given, args: ['run', '--all'] });
  let cpu = { own: 0, children: 0 };
  const timer = setInterval(() => (cpu = cpuOf(program.pid)), 200);
  program.once('exit', () => clearInterval(timer));
  await once(program, 'exit');
  const ms = now() - from;
  const done = (await store.tasks({ states: ['done'] })).length;
  await store.end();
  const pushed = pushedBranches(stage);
  if (done !== count || pushed !== count) throw new Error(`${done} of ${count} tasks were done, and ${pushed} branches pushed`);
  return { ms, ...cpu };
}

// git's own commands fail when they meet a half-made worktree of another command, so the loop repeats them until they
// succeed.
const loop = `again() { n=0; until "$@" 2>/dev/null || [ $n -ge 50 ]; do n=$((n+1)); done; }
path=$1/worktrees/$2
again git fetch --quiet --no-write-fetch-head origin main
again git worktree add --quiet --force --no-track -B "yard/$2" "$path" origin/main
(cd "$path" && "$1/agent" <TODO.md >"$1/$2.out" 2>&1 && again git push --quiet origin "HEAD:refs/heads/yard/$2")
again git worktree remove "$path"`;

async function shellLoop(ground: Ground, given: { readonly name: string }): Promise<number> {
  const stage: Stage = openStage(ground, { ...given, agent: agents.commits });
  const script = join(stage.folder, 'loop');
  writeFileSync(script, `#!/bin/sh\n${loop}\n`, { mode: 0o755 });
  const all = `seq ${count} | xargs -P ${atOnce} -I{} "${script}" "${stage.folder}" t{}`;
  const from = now();
  const child = ground.own(
    spawn('/bin/sh', ['-c', all], { cwd: stage.repo, env: stage.env, stdio: ['ignore', 'ignore', 'inherit'], detached: true }),
  );
  await once(child, 'exit');
  const took = now() - from;
  const pushed = pushedBranches(stage);
  if (pushed !== count) throw new Error(`the shell loop pushed ${pushed} of ${count} branches`);
  return took;
}

function pushedBranches(stage: Stage): number {
  return stage.git('ls-remote', '--heads', 'origin', 'yard/*').split('\n').length;
}
