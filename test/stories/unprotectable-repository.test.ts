// A repository that cannot be kept from workers: a person is told so by the run and by the doctor, and the work goes on.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { localPlace } from '../../src/places/local/local-place.ts';
import { ended, openYard, type Told } from '../support/yard.ts';

interface Check {
  readonly name: string;
  readonly state: string;
  readonly found: string;
  readonly todo: string | null;
}

test('a run and the doctor warn when workers must write to something inside the repository', async ({ skip }) => {
  const yard = await openYard({
    todo: '- [ ] t1 First #auto-dispatch\n- [ ] t2 Second #auto-dispatch\n',
    actions: { '*': [[{ commit: { file: 'work.txt', content: 'x\n', message: 'the work' } }]] },
  });
  skip(!(await localPlace().protects({ isolate: 'auto', protect: [yard.repo], writable: [] })), 'no read-only mounts can be had here');
  const cache = join(yard.repo, '.cache');
  const why = `${yard.repo} stays writable for workers, because the folder of XDG_CACHE_HOME (${cache}) is in it`;
  const hint = 'move one of the two elsewhere, or set worker.protect: off if workers may write there';
  const run = (...args: string[]) => ended(yard.startWith({ XDG_CACHE_HOME: cache }, ...args));
  const protection = async (): Promise<unknown> =>
    (JSON.parse((await run('doctor', '--json')).stdout) as readonly Check[]).filter(({ name }) => name === 'protection');

  expect(await protection()).toEqual([{ name: 'protection', state: 'warning', found: why, todo: hint }]);
  const { stdout, stderr } = await run('run', '--concurrency', '1');
  expect((stdout + stderr).split(why), 'told once').toHaveLength(2);
  expect(stdout + stderr).toContain(hint);
  expect((await yard.json<Told[]>('ls')).map(({ state }) => state)).toEqual(['done', 'done']);
  expect((await yard.json<readonly Check[]>('doctor')).filter(({ name }) => name === 'protection')).toEqual([
    { name: 'protection', state: 'ok', found: `${yard.repo} is read-only for workers`, todo: null },
  ]);

  yard.write(join(yard.repo, 'yardmaster.yaml'), 'worker: { protect: off }\n');
  expect(await protection()).toMatchObject([{ state: 'ok', found: expect.stringContaining('off') }]);
});
