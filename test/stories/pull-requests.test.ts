// A task's work as a pull request, from its opening to the merged base: with the real program, real git and a forge on loopback.
import { expect, test } from 'vitest';
import { fetchBase, openForgeYard, repository } from '../support/forge-yard.ts';

const todo = '- [ ] t1 Write the parser #auto-dispatch model:opus\n';
const work = (file: string) => [[{ commit: { file, content: 'x\n', message: `t1: write ${file}` } }]];

interface Pull {
  readonly task: string;
  readonly number: number;
  readonly state: string;
  readonly standing: string;
  readonly mergedCommit: string | null;
}

test('a pull request is opened once its work is pushed, waits for a person, and is merged when they ask', async () => {
  const { yard, forge, writes } = await openForgeYard({ todo, actions: { t1: work('parser.txt') } });
  forge.protect(repository, 'main', { checks: ['test'] });
  forge.onPush(({ branch }) => {
    if (branch !== 'main') forge.check({ repository, branch, name: 'test', conclusion: 'success' });
  });
  const ran = await yard.run('run');
  expect(ran).toMatchObject({ code: 0 });
  expect(await yard.json<Pull[]>('pr')).toMatchObject([
    { task: 't1', number: 1, state: 'open', standing: 'ready-to-merge', checks: 'green' },
  ]);
  expect(yard.todo()).toContain('- [ ] t1');
  expect(writes()).toEqual([`POST /repos/${repository}/pulls`]);

  const merged = await yard.run('merge', 't1');
  expect([merged.code, merged.stderr, merged.stdout]).toMatchObject([0, expect.any(String), expect.stringContaining('merged')]);
  expect(forge.pull(repository, 1)).toMatchObject({ state: 'closed' });
  expect(await yard.json<Pull[]>('pr')).toMatchObject([{ state: 'merged', standing: 'merged' }]);
  expect(yard.todo()).toMatch(/- \[x\] t1 .* pr:#1 completed:\d{4}-/);
  fetchBase({ yard, forge });
  expect(yard.git('ls-tree', '--name-only', 'origin/main')).toContain('parser.txt');
});
