import { expect, test } from 'vitest';
import { askedSettings } from './git-settings.ts';

const answer = (stdout: string) => ({ code: 0, stdout, stderr: '', cut: null, unstarted: null });

test.each([
  ['git version 2.30.2', false],
  ['git version 2.53.1', false],
  ['git version 2.54.0.rc1', true],
  ['git version 2.55.0', true],
  ['git version 2.39.5 (Apple Git-154)', false],
  ['git version 3.0.0', true],
  ['something else', true],
  ['', true],
])('hooks in the configuration are switched off for %s: %s', async (version, knows) => {
  const settings = await askedSettings(async () => answer(version))();
  expect(settings.includes('hook.pre-commit.enabled=false')).toBe(knows);
  expect(settings).toContain('core.hooksPath=/dev/null');
});

test('a git that cannot be asked is given all of them', async () => {
  const settings = await askedSettings(() => Promise.reject(new Error('no process could be started')))();
  expect(settings).toContain('hook.pre-commit.enabled=false');
});

test('it is asked once', async () => {
  let asked = 0;
  const settings = askedSettings(async () => {
    asked += 1;
    return answer('git version 2.39.5');
  });
  await Promise.all([settings(), settings()]);
  await settings();
  expect(asked).toBe(1);
});
