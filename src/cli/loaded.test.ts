// Tests which modules a command loads, because that decides how fast it starts.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { buildProgram } from '../../test/support/bundle.ts';

const source = join(import.meta.dirname, '../../bin/yardmaster.js');

/** Prints at the end which packages, and which files of a bundle, were loaded. */
const listing = `
  import { registerHooks } from 'node:module';
  const names = new Set();
  registerHooks({ load: (url, context, next) => {
    const name = /(?:node_modules\\/((?:@[^/]+\\/)?[^/]+)|\\/dist\\/(.+))/.exec(url)?.slice(1).find(Boolean);
    if (name !== undefined) names.add(name);
    return next(url, context);
  } });
  process.on('exit', () => process.stderr.write(JSON.stringify([...names])));`;

function loadedBy(given: {
  readonly config: string;
  readonly args: readonly string[];
  readonly program?: string;
  /** Run after the same command, which has already taken the list in. */
  readonly again?: boolean;
}): readonly string[] {
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
  const run = () =>
    spawnSync(process.execPath, ['--import', hooks, given.program ?? source, ...given.args], { cwd: repo, env, encoding: 'utf8' });
  if (given.again === true) run();
  const ran = run();
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

test('of the bundle, ls loads few files: most of what it needs is one', () => {
  const { program, folder } = buildProgram();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const loaded = loadedBy({ config: '', args: ['ls', '--json'], program, again: true });
  expect(loaded).toContain('main.js');
  // docs/performance.md states this number.
  expect(loaded.length, loaded.join('\n')).toBeLessThanOrEqual(5);
});
