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

const home = { what: 'the home folder', path: '/home/ada' };
const temp = { what: 'the folder for temporary files', path: '/tmp' };

test.each([
  ['a repository beside all that is needed', ['/srv/code', '/srv/code.git'], ['/srv/code', '/srv/code.git'], []],
  ['one that lies in another is protected with it', ['/srv/code/.git', '/srv/code'], ['/srv/code'], []],
  ['the state, which is in the home', ['/home/ada/.local/state/yardmaster'], ['/home/ada/.local/state/yardmaster'], []],
  ['the home is a repository: its git folder alone', ['/home/ada', '/home/ada/.git'], ['/home/ada/.git'], [['/home/ada', home]]],
  ['a repository that is the folder for temporary files', ['/tmp', '/tmp/.git'], ['/tmp/.git'], [['/tmp', temp]]],
  ['one that holds several is told with the first', ['/'], [], [['/', home]]],
  ['a folder that is named twice', ['/srv/a', '/srv/a'], ['/srv/a'], []],
  ['none', [], [], []],
] as const)('%s', (_, folders, protect, left) => {
  expect(protection({ folders, needed: [home, temp] })).toEqual({
    protect,
    left: left.map(([folder, needed]) => ({ folder, holds: needed })),
  });
});

test.each([
  ['nothing is set', {}, ['/tmp']],
  [
    'everything',
    { HOME: '/h', TMPDIR: '/t', XDG_CONFIG_HOME: '/c', XDG_CACHE_HOME: '/k', XDG_DATA_HOME: '/d' },
    ['/h', '/t', '/c', '/k', '/d'],
  ],
  ['empty or relative, which counts as unset', { HOME: '', TMPDIR: '', XDG_CACHE_HOME: 'cache' }, ['/tmp']],
] as const)('what a worker shares and writes to: %s', (_, env, paths) => {
  expect(neededBy(env).map(({ path }) => path)).toEqual(paths);
});
