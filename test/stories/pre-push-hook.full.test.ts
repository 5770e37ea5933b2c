// The person's pre-push hook runs what the worker wrote. So it is run before the push as a check is: in the worker's
// boundary, without secrets, with what git would give it; and where it fails, nothing is pushed and the worker is told.
// `npm test` has no other proof of this.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { localPlace } from '../../src/places/local/local-place.ts';
import { plantedSecret } from '../support/planted-programs.ts';
import { openYard, type Told, type Yard } from '../support/yard.ts';

const keys = { ...plantedSecret, ANTHROPIC_API_KEY: 'sk-ant-of-the-supervisor' };

/** Writes down what it was given, one fact a line, and fails as long as the worker's file says so. */
const hook = `#!/bin/sh
cat >"$HOME/input"
{
  echo "cwd=$(basename "$(dirname "$PWD")")"
  echo "args=$1 $2"
  echo "marked=\${YARDMASTER_ATTEMPT:+yes}"
  echo "secrets=\${SECRET_OF_SUPERVISOR}\${ANTHROPIC_API_KEY}"
  echo "pushed=$(git ls-remote --heads "$2" 'yard/*' | wc -l | tr -d ' ')"
  touch "$HOME/../repo/.git/written" 2>/dev/null && echo "written=yes" || echo "written=no"
} >>"$HOME/seen"
echo "the hook looks at the work"
grep -q right work.txt
`;

const kinds: Readonly<Record<string, { lay(yard: Yard): void }>> = {
  'in the folder of hooks': {
    lay: (yard) => yard.write(join(yard.repo, '.git/hooks/pre-push'), hook, 0o755),
  },
  // By git 2.55 and newer; an older one does not look there.
  'in the configuration': {
    lay: (yard) => {
      const file = join(yard.repo, '.git/own-hook');
      yard.write(file, hook, 0o755);
      yard.git('config', 'hook.own.command', file);
      yard.git('config', 'hook.own.event', 'pre-push');
    },
  },
  // What husky lays: a folder that is not committed, whose scripts call those that are.
  'by core.hooksPath, as husky does': {
    lay: (yard) => {
      yard.git('config', 'core.hooksPath', '.husky/_');
      yard.write(join(yard.repo, '.husky/_/.gitignore'), '*\n');
      yard.write(join(yard.repo, '.husky/_/pre-push'), '#!/bin/sh\nsh .husky/pre-push "$@"\n', 0o755);
      yard.write(join(yard.repo, '.husky/pre-push'), hook);
      yard.git('add', '.husky');
      yard.git('commit', '--quiet', '--message', 'hooks');
      execFileSync('git', ['push', '--quiet', '--no-verify', 'origin', 'main'], { cwd: yard.repo, env: yard.env });
    },
  },
};

test.for(Object.entries(kinds))('%s', async ([, { lay }]) => {
  const commit = (content: string) => ({ commit: { file: 'work.txt', content, message: 'the work' } });
  const yard = await openYard({
    todo: '- [ ] t1 Work #auto-dispatch\n',
    config: { worker: { backoffSeconds: 0.1 } },
    env: keys,
    actions: { t1: [[commit('wrong\n')], [commit('right\n')]] },
  });
  lay(yard);
  const origin = join(yard.root, 'origin.git');
  const canProtect = await localPlace().protects({ isolate: 'auto', protect: [yard.repo], writable: [] });
  const { stdout, stderr } = await yard.run('run');

  const [told] = await yard.json<Told[]>('ls');
  expect(told, stdout + stderr).toMatchObject({ state: 'done', attempts: 2 });
  // The first push was blocked, and its worker heard what the hook said.
  expect(yard.attempts()[1]?.prompt).toMatch(/the pre-push hook.* exited with 1[^]*the hook looks at the work/);
  const seen = readFileSync(join(yard.root, 'person/seen'), 'utf8');
  const once = `cwd=worktrees\nargs=origin ${origin}\nmarked=yes\nsecrets=\npushed=0\nwritten=${canProtect ? 'no' : 'yes'}\n`;
  expect(seen).toBe(once + once);
  const zeros = '0'.repeat(40);
  const ref = `refs/heads/${told?.branch}`;
  expect(readFileSync(join(yard.root, 'person/input'), 'utf8')).toBe(`${ref} ${told?.deliveredCommit} ${ref} ${zeros}\n`);
  expect(existsSync(join(yard.repo, '.git/written'))).toBe(!canProtect);
});
