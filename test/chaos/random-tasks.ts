// Tasks for a round of random chaos: each worker's behaviour is chosen at random, so that every course of an attempt is
// combined with every moment of a kill.
import type { Action } from '../agent/script.ts';
import type { Trap } from '../support/planted-programs.ts';
import type { Chance } from './chance.ts';
import { hostileScript, hostileWays } from './hostile-tasks.ts';

// A commit that already exists is not made again. Later attempts commit too, because a person may have reset the task.
const ways = {
  quick: (id) => [[commit(id)]],
  slow: (id) => [[{ say: 'begun' }, commit(id), { waitFor: { file: `go-${id}` } }, { say: 'done' }]],
  leftover: (id) => [[{ edit: { file: `${id}.txt`, content: id } }, { say: 'done' }]],
  crash: (id) => [
    [commit(id), { exit: { code: 1 } }],
    [commit(id), { say: 'mended' }],
  ],
  talker: (id) => [[commit(id), ...steps(40)]],
  endless: (id) => [
    [commit(id), ...steps(70), { hang: true }],
    [commit(id), { say: 'done' }],
  ],
  stubborn: (id) => [
    [{ ignoreTerm: true }, commit(id), ...steps(70), { hang: true }],
    [commit(id), { say: 'done' }],
  ],
  parent: (id) => [[{ fork: { kind: 'setsid' } }, { fork: { kind: 'double-fork' } }, commit(id)]],
  idle: () => [[{ say: 'no change needed: all is well' }]],
} satisfies Record<string, (id: string) => Action[][]>;

function commit(id: string): Action {
  return { commit: { file: `${id}.txt`, content: `${id}\n`, message: `the work of ${id}` } };
}

function steps(count: number): Action[] {
  return Array.from({ length: count }, (_, index) => ({ tool: { name: `step-${index}`, output: 'x'.repeat(500) } }));
}

/** One script in four is hostile. */
export function randomScript(given: { readonly id: string; readonly chance: Chance; readonly trap: Trap }): Action[][] {
  const { id, chance } = given;
  if (chance.whole(0, 4) === 0) return hostileScript({ ...given, way: chance.pick(hostileWays) });
  const way = chance.weighted({ quick: 3, slow: 4, leftover: 2, crash: 1, talker: 2, endless: 1, stubborn: 1, parent: 2, idle: 1 });
  return ways[way](id);
}
