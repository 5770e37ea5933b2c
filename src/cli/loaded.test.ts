// What a command loads decides how fast it starts.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const program = join(import.meta.dirname, '../../bin/yardmaster.js');

/** Tells at the end which packages, and which of Node's own modules, were loaded. */
const listing = `
  import { registerHooks } from 'node:module';
  const names = new Set();
  registerHooks({ load: (url, context, next) => {
    const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1];
    if (name !== undefined) names.add(name);
    return next(url, context);
  } });
  process.on('exit', () => process.stderr.write(JSON.stringify([...names])));`;

function loadedBy(given: { readonly config: string; readonly args: readonly string[] }): readonly string[] {
  const root = mkdtempSync(join(tmpdir(), 'yard-loaded-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const repo = join(root, 'repo');
  const settings = join(root, '.config', 'yardmaster');
  for (const folder of [repo, settings]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(settings, 'config.yaml'), given.config);
  const env = { HOME: root, PATH: process.env['PATH'] ?? '', GIT_CONFIG_NOSYSTEM: '1', YARDMASTER_HOME: join(root, 'home') };
  execFileSync('git', ['init', '--quiet'], { cwd: repo, env });
  writeFileSync(join(repo, 'TODO.md'), '# Tasks\n\n- [ ] t1 Do it #auto-dispatch\n');
  const hooks = `data:text/javascript,${encodeURIComponent(listing)}`;
  const ran = spawnSync(process.execPath, ['--import', hooks, program, ...given.args], { cwd: repo, env, encoding: 'utf8' });
  expect(ran.status).toBe(0);
  return JSON.parse(ran.stderr) as readonly string[];
}

test('ls takes a list in without the parser of configurations, where no configuration says what ids begin with', () => {
  const args = ['ls', '--json'];
  expect(loadedBy({ config: 'worker: { maxSteps: 9 }\n', args })).toEqual(['@stricli/core']);
  expect(loadedBy({ config: 'todo: { ids: t }\n', args })).toEqual(expect.arrayContaining(['yaml', 'zod']));
});

test('status for a program loads nothing that only a person’s screen needs', () => {
  expect(loadedBy({ config: '', args: ['status', '--json'] })).toEqual(['@stricli/core']);
});
