// Tasks for a round of random chaos: what each worker does is chosen by chance, so that all the ways in which an attempt
// can go meet all the moments at which somebody is killed.
import type { Action } from '../agent/script.ts';
import type { Trap } from '../support/planted-programs.ts';
import type { Chance } from './chance.ts';
import { hostileScript, hostileWays } from './hostile-tasks.ts';

// A commit that is there already is not made again: the later attempts commit too, because a person may have reset the task.
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

/** One in four is hostile. */
export function randomScript(given: { readonly id: string; readonly chance: Chance; readonly trap: Trap }): Action[][] {
  const { id, chance } = given;
  if (chance.whole(0, 4) === 0) return hostileScript({ ...given, way: chance.pick(hostileWays) });
  const way = chance.weighted({ quick: 3, slow: 4, leftover: 2, crash: 1, talker: 2, endless: 1, stubborn: 1, parent: 2, idle: 1 });
  return ways[way](id);
}
