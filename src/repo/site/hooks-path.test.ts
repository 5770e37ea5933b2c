import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../../test/support/git-fixture.ts';
import { createGit, usualLimits } from '../git.ts';
import { siteSettings } from './settings.ts';

let fx: GitFixture;
beforeEach(() => {
  fx = createGitFixture();
});
afterEach(() => fx.dispose());

const { username, homedir } = userInfo();

test.each([
  ['hooks', () => 'hooks'],
  ['/somewhere/hooks', () => '/somewhere/hooks'],
  ['a folder=with -c/h', () => 'a folder=with -c/h'],
  ['~/hooks', () => join(fx.folder, 'home/hooks')],
  [`~${username}/hooks`, () => join(homedir, 'hooks')],
])('core.hooksPath %s is the folder that git takes it for', async (value, folder) => {
  fx.git(fx.root, 'config', 'core.hooksPath', value);
  const settings = await siteSettings(createGit(usualLimits), { common: join(fx.root, '.git'), root: fx.root });
  expect(settings.hooksPath).toBe(folder());
});
