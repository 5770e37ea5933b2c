import { spawnSync } from 'node:child_process';
import type { Figure, Row } from '../figure.ts';
import { addFinished } from '../finished-tasks.ts';
import { inTurns, median } from '../samples.ts';
import { agents, openStage, request } from '../stage.ts';

const rounds = 25;

export const ls: Figure = {
  name: 'ls',
  says:
    'the whole process of the installed `yardmaster ls --json` with 1,000 tasks (900 finished, 100 queued), started in the repository; ' +
    'alternating with `node -e 0`.',
  async take(ground) {
    const stage = openStage(ground, { name: 'ls', agent: agents.sleeps });
    const store = await stage.store();
    await addFinished(store, { stage, count: 900 });
    for (let number = 1; number <= 100; number += 1) await store.putTask({ repo: stage.repo, task: request(`t${number}`), at: Date.now() });
    await store.end();
    const program = ground.program();
    const run = (args: readonly string[]) => (): void => {
      const { status } = spawnSync(process.execPath, args, { cwd: stage.repo, env: stage.env, stdio: 'ignore' });
      if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
    };
    const turns = { node: run(['-e', '0']), here: run([program, 'ls', '--json']), all: run([program, 'ls', '--json', '--all']) };
    await inTurns(2, turns);
    const spent = await inTurns(rounds, turns);
    const limit = { what: 'node -e 0', value: median(spent.node.wall) };
    const row = (what: string, wall: readonly number[]): Row => ({ what, value: median(wall), unit: 'ms', limit, bar: null });
    return [
      { ...row('in the repository', spent.here.wall), bar: { of: 'ratio', most: 3 } },
      { ...row('with --all', spent.all.wall), note: 'without the two calls to git that find the repository' },
    ];
  },
};
