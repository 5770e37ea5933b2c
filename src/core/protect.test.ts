import { expect, test } from 'vitest';
import { holds, neededBy, protection } from './protect.ts';

test.each([
  ['/a/b', '/a/b', true],
  ['/a/b', '/a/b/c', true],
  ['/a/b', '/a/bc', false],
  ['/a/b', '/a', false],
  ['/', '/a', true],
  ['/', '/', true],
])('%s holds %s: %s', (folder, path, expected) => {
  expect(holds({ folder, path })).toBe(expected);
});

const state = { what: 'the state of Yardmaster', path: '/home/ada/.local/state/yardmaster' };
const temp = { what: 'the folder for temporary files', path: '/tmp' };

test.each([
  ['a repository beside all that is needed', ['/home/ada/code', '/home/ada/code/.git'], ['/home/ada/code', '/home/ada/code/.git'], []],
  ['the home is a repository: its git folder alone', ['/home/ada', '/home/ada/.git'], ['/home/ada/.git'], [['/home/ada', state]]],
  ['a folder within the state', [`${state.path}/readers`], [`${state.path}/readers`], []],
  ['a repository that is the folder for temporary files', ['/tmp', '/tmp/.git'], ['/tmp/.git'], [['/tmp', temp]]],
  ['one that holds several is told with the first', ['/'], [], [['/', state]]],
  ['a folder that is named twice', ['/srv/a', '/srv/a'], ['/srv/a'], []],
  ['none', [], [], []],
] as const)('%s', (_, folders, protect, left) => {
  expect(protection({ folders, needed: [state, temp] })).toEqual({
    protect,
    left: left.map(([folder, needed]) => ({ folder, holds: needed })),
  });
});

test.each([
  ['nothing is set', {}, null, ['/state', '/tmp']],
  [
    'everything',
    { HOME: '/h', TMPDIR: '/t', XDG_CONFIG_HOME: '/c', XDG_CACHE_HOME: '/k', XDG_DATA_HOME: '/d' },
    '/w',
    ['/state', '/w', '/h', '/t', '/c', '/k', '/d'],
  ],
  ['empty or relative, which counts as unset', { HOME: '', TMPDIR: '', XDG_CACHE_HOME: 'cache' }, null, ['/state', '/tmp']],
] as const)('what a worker writes to: %s', (_, env, checkout, paths) => {
  expect(neededBy({ env, state: '/state', checkout }).map(({ path }) => path)).toEqual(paths);
});
