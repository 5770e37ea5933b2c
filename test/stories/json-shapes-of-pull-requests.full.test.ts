// What scripts rely on where tasks have pull requests: the exit codes and the shapes of what these commands print with
// --json. A difference is a change of the contract: UPDATE_GOLDEN=1 writes it, and whoever commits it reads it.
// `npm test` shows the shapes of tasks without pull requests (json-shapes.test.ts).
import { expect, test } from 'vitest';
import { expectGolden } from '../support/golden.ts';
import { openForgeYard, repository } from '../support/forge-yard.ts';
import { keep, view, type Printed } from '../support/printed-shapes.ts';

const work = (file: string) => [[{ commit: { file, content: 'x\n', message: 'the work' } }]];

test('with pull requests, commands with --json have the exit codes and the shapes that were reviewed', async () => {
  const { yard, forge } = await openForgeYard({
    todo: ['t1 Is merged', 't2 Is reviewed', 't3 Is cancelled', '']
      .map((one) => (one === '' ? '' : `- [ ] ${one} #auto-dispatch model:opus`))
      .join('\n'),
    actions: { t1: work('a'), t2: [...work('b'), ...work('c')], t3: work('d') },
    config: { delivery: { verify: ['true'] } },
  });
  forge.protect(repository, 'main', { checks: ['test'] });
  forge.onPush(({ branch }) => {
    if (branch !== 'main') forge.check({ repository, branch, name: 'test', conclusion: 'success' });
  });
  const all = new Map<string, Printed>();
  const call = async (name: string, ...args: readonly string[]): Promise<void> => {
    const printed = all.get(name) ?? { exits: [], texts: [] };
    all.set(name, printed);
    keep(printed, [name, ...args].join(' '), await yard.run(...name.split(' '), ...args, '--json'));
  };
  await call('pr');
  await call('run');
  const pulls = await yard.json<readonly { readonly task: string; readonly number: number }[]>('pr');
  const number = pulls.find(({ task }) => task === 't2')?.number ?? 0;
  forge.as('ada').requestChanges({ repository, number }, 'Please say more.');
  for (const id of ['t1', 't9']) await call('merge', id);
  await call('pulse');
  await call('run', '--task', 't2');
  for (const name of ['pr', 'ls', 'status', 'events']) await call(name);
  for (const id of ['t1', 't2']) for (const name of ['pr', 'show', 'explain']) await call(name, id);
  for (const ids of [['t3'], ['t1']]) await call('cancel', ...ids, '--close');
  await call('merge', 't1');
  await call('pr', 't3');
  expect(forge.pull(repository, pulls.find(({ task }) => task === 't3')?.number ?? 0)).toMatchObject({ state: 'closed' });
  expectGolden({
    file: new URL('./golden/json-shapes-of-pull-requests.json', import.meta.url),
    value: Object.fromEntries([...all].map(([name, printed]) => [name, view(name, printed)])),
  });
});
