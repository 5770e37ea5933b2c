// How git 2.55 reads these was determined with `git hook list pre-push`.
import { expect, test } from 'vitest';
import { configuredHooks } from './configured-hooks.ts';
import type { Setting } from './git-setting.ts';

const read = (...lines: readonly string[]) =>
  configuredHooks(
    lines.map((line): Setting => {
      const [key = '', value = null] = line.split(/=(.*)/s);
      return { key, value };
    }),
  );

const lint = ['hook.lint.command=npm run lint', 'hook.lint.event=pre-push'];
const check = ['hook.a.b check.command=check', 'hook.a.b check.event=pre-push'];

test.each([
  ['in the order of their events', [...check, ...lint], ['check', 'npm run lint']],
  ['an event that is named again counts from there', [...lint, ...check, 'hook.lint.event=pre-push'], ['check', 'npm run lint']],
  ['the last command counts', [...lint, 'hook.lint.command=other'], ['other']],
  ['an empty event takes back those before it', [...lint, 'hook.lint.event='], []],
  ['of another event', ['hook.lint.command=x', 'hook.lint.event=pre-commit'], []],
  ['of several events', ['hook.lint.event=pre-commit', ...lint], ['npm run lint']],
  ['one that is disabled', [...lint, 'hook.lint.enabled=No'], []],
  ['one that is enabled again', ['hook.lint.enabled=0', ...lint, 'hook.lint.enabled=true'], ['npm run lint']],
  ['all of the event are disabled', [...lint, ...check, 'hook.pre-push.enabled=false'], []],
  ['without a command', ['hook.lint.event=pre-push'], []],
])('%s', (_, lines, commands) => {
  expect(read(...lines).beforePush).toEqual(commands);
});

test('the names of all, those of other events too', () => {
  expect(read(...check, 'hook.lint.event=pre-commit', 'hook.pre-push.enabled=false', 'hook.jobs=3', 'core.editor=vi').names).toEqual([
    'a.b check',
    'lint',
  ]);
});
