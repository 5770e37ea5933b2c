import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { phases } from '../../src/supervisor/events.ts';
import { pulse } from '../../src/supervisor/pulse.ts';
import type { Figure } from '../figure.ts';
import { addFinished } from '../finished-tasks.ts';
import { profiled } from '../profile.ts';
import { inTurns, median } from '../samples.ts';
import { agents, openStage } from '../stage.ts';
import { openWorld } from '../world.ts';

const rounds = 300;

export const idlePulse: Figure = {
  name: 'idle-pulse',
  says:
    'one pulse with nothing to do: one repository whose TODO.md has 200 lines, 100 finished tasks. The limit: one stat of that file and one ' +
    'query whether anything in the database is open.',
  async take(ground) {
    const lines = Array.from({ length: 200 }, (_, at) => `- [ ] t${at + 1} Something that a person will do (${at})\n`);
    const stage = openStage(ground, { name: 'idle-pulse', agent: agents.sleeps, todo: `# Tasks\n\n${lines.join('')}` });
    const store = await stage.store();
    await addFinished(store, { stage, count: 100 });
    await store.end();
    const { world, close } = await openWorld({ env: stage.env });
    const database = new DatabaseSync(stage.home.database, { readOnly: true });
    const open = database.prepare(`select count(*) as open from tasks where state in ('queued', 'running', 'delivered')`);
    const turns = {
      pulse: () => pulse(world, { phases, wait: false, tell: false }),
      least: () => {
        statSync(join(stage.repo, 'TODO.md'));
        open.get();
      },
    };
    await inTurns(20, turns);
    const spent = await profiled(ground, { name: 'idle-pulse', run: () => inTurns(rounds, turns) });
    database.close();
    await close();
    return [
      {
        what: 'pulse, median',
        value: median(spent.pulse.wall),
        unit: 'ms',
        limit: { what: 'stat + one select', value: median(spent.least.wall) },
        bar: { of: 'value', most: 5 },
        note: `CPU ${(spent.pulse.cpu / rounds).toFixed(2)} ms per pulse`,
      },
    ];
  },
};
