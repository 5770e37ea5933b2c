// Every hostile worker of the chaos tests beside honest ones, but without killed processes: the invariants of a round of
// chaos hold. `npm test` has most of these ways one by one (test/stories/hostile-*.test.ts).
import { expect, onTestFinished, test } from 'vitest';
import { needsLinux } from '../support/skip-without.ts';
import { kill, oddSeconds, sleeping, workingBelow } from '../support/sleepers.ts';
import { plantedSecret, setTrap } from '../support/planted-programs.ts';
import { changesSince, pictureOf } from '../support/repository-picture.ts';
import { openYard, type Told } from '../support/yard.ts';
import { hostileScript, hostileWays } from './hostile-tasks.ts';
import { brokenInvariants } from './invariants.ts';

needsLinux('who ran a trap is looked up in /proc');

test('hostile workers beside honest ones: we run nothing that they wrote, the person’s repository is unchanged, and no work is lost', async () => {
  const seconds = oddSeconds();
  const ids = hostileWays.map((_, index) => `t${index + 1}`);
  const honest = ['t91', 't92'];
  const yard = await openYard({
    todo: [...honest, ...ids].map((id) => `- [ ] ${id} Work #auto-dispatch\n`).join(''),
    actions: {},
    env: plantedSecret,
    config: { worker: { graceSeconds: 1, backoffSeconds: 0.1 } },
  });
  onTestFinished(() => workingBelow(yard.root).forEach((one) => kill(Number.parseInt(one, 10))));
  const trap = setTrap({ root: yard.root, seconds });
  const commit = (id: string) => ({ commit: { file: `${id}.txt`, content: `${id}\n`, message: `the work of ${id}` } });
  const actions = {
    ...Object.fromEntries(hostileWays.map((way, index) => [ids[index], hostileScript({ id: ids[index] ?? '', trap, way })])),
    ...Object.fromEntries(honest.map((id) => [id, [[commit(id)]]])),
  };
  for (const agent of Object.values(yard.agents)) agent.write(actions);
  const before = pictureOf(yard);

  await yard.run('run', '--concurrency', '4');
  await yard.run('reap');

  expect.soft(trap.foreign()).toEqual([]);
  expect.soft(sleeping(seconds)).toEqual([]);
  expect.soft(changesSince(before, yard)).toEqual([]);
  const told = await yard.json<Told[]>('ls');
  expect.soft(told.filter(({ id, state }) => honest.includes(id) && state !== 'done')).toEqual([]);
  expect(await brokenInvariants(yard)).toEqual([]);
});
