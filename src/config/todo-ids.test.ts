import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { repositoryConfigFile, userConfigFile } from './paths.ts';
import { todoIds } from './todo-ids.ts';

let repo: string;
beforeEach(() => {
  repo = mkdtempSync(join(tmpdir(), 'yard-ids-'));
});
afterEach(() => rmSync(repo, { recursive: true, force: true }));

function idsWith(given: { readonly user?: string; readonly repository?: string }): Promise<string> {
  const env = { XDG_CONFIG_HOME: join(repo, 'config') };
  const files: [string, string | undefined][] = [
    [userConfigFile(env), given.user],
    [repositoryConfigFile(repo), given.repository],
  ];
  for (const [file, text] of files) {
    if (text === undefined) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return todoIds({ env, repo });
}

test.each([
  ['no file', {}, 't'],
  ['files about other things', { user: 'worker: { maxSteps: 9 }\n', repository: 'todo: {}\n' }, 't'],
  ['the user’s file', { user: 'todo: { ids: AUTH- }\n' }, 'AUTH-'],
  ['the repository’s file over the user’s', { user: 'todo: { ids: AUTH- }\n', repository: 'todo:\n  ids: SHOP-\n' }, 'SHOP-'],
  ['a key that is written without its letters', { repository: '"to\\x64o": { "\\x69\\x64\\x73": SHOP- }\n' }, 'SHOP-'],
  ['a file that is wrong about other things', { repository: 'worker: [\n' }, 't'],
  ['the letters in a comment alone', { repository: '# ids begin with t\nworker: { maxSteps: 9 }\n' }, 't'],
])('%s', async (_, files, ids) => {
  expect(await idsWith(files)).toBe(ids);
});

test('a file that may say it and is wrong is refused', async () => {
  await expect(idsWith({ repository: 'todo: { ids: A1 }\n' })).rejects.toThrow(/yardmaster\.yaml:1: todo\.ids/);
});
