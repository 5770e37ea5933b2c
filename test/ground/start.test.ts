// A fresh clone starts by itself: scripts/bootstrap.mjs installs what is missing, and only then; both it and bin/yardmaster.js run
// the pinned Node in their place. The clone here has one dependency, a `node` in a folder beside it, so that nothing is fetched.
import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const clonePackage = { name: 'clone', version: '1.0.0', type: 'module', dependencies: { node: 'file:local' } };
// Reached by another path, this is not the pinned Node but the one that a shell has.
let shellNode: string;
let clone: string;
let lock: string;

beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), 'yard-clone-'));
  for (const name of ['bin', 'scripts/bootstrap.mjs']) await cp(join(root, name), join(clone, name), { recursive: true });
  shellNode = join(clone, 'shell-node');
  await cp(process.execPath, shellNode);
  await mkdir(join(clone, 'local/bin'), { recursive: true });
  await symlink(process.execPath, join(clone, 'local/bin/node'));
  await write('local/package.json', { name: 'node', version: '24.0.0', bin: 'bin/node' });
  await write('package.json', clonePackage);
  await write('package-lock.json', {
    name: 'clone',
    version: '1.0.0',
    lockfileVersion: 3,
    packages: {
      '': { name: 'clone', version: '1.0.0', dependencies: { node: 'file:local' } },
      local: { name: 'node', version: '24.0.0', bin: { node: 'bin/node' } },
      'node_modules/node': { resolved: 'local', link: true },
    },
  });
  lock = await readFile(join(clone, 'package-lock.json'), 'utf8');
  await writeFile(
    join(clone, 'show.mjs'),
    'console.log(JSON.stringify([process.execPath, process.env.PATH, process.argv.slice(2)]));\nprocess.exitCode = 7;\n',
  );
});

afterAll(() => rm(clone, { recursive: true, force: true }));

const write = (path: string, value: unknown): Promise<void> => writeFile(join(clone, path), JSON.stringify(value, null, 2));

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Detached, so that there is no terminal; `onOutput` is called at the first output. */
function start(given: {
  readonly node?: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly onOutput?: (pid: number) => void;
}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(given.node ?? shellNode, given.args, {
      cwd: clone,
      env: { ...process.env, ...given.env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').once('data', () => given.onOutput?.(child.pid ?? 0));
    child.stdout.on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

const show = () => start({ args: ['scripts/bootstrap.mjs', 'show.mjs', '--flag', 'two words'] });

test('installs when node_modules is missing, then runs the script on the pinned Node, then installs nothing', async () => {
  const first = await show();
  expect(first.stderr).toContain('Installing dependencies: node_modules is missing or incomplete.');
  expect(first.code).toBe(7);
  const [execPath, path, args]: [string, string, string[]] = JSON.parse(first.stdout);
  expect(execPath).toBe(process.execPath);
  expect(path.split(':')[0]).toBe(join(clone, 'node_modules/.bin'));
  expect(args).toEqual(['--flag', 'two words']);
  expect(await show()).toMatchObject({ code: 7, stderr: '' });
});

test.each([
  { what: 'another version', edit: (text: string) => text.replaceAll('24.0.0', '24.0.1'), says: 'local is not at 24.0.1' },
  {
    what: 'a new package',
    edit: (text: string) => text.replace('"packages": {', '"packages": {\n"node_modules/new": {"version": "1.0.0"},'),
    says: 'node_modules/new is missing',
  },
])('installs when the lockfile names $what', async ({ edit, says }) => {
  await writeFile(join(clone, 'package-lock.json'), edit(lock));
  const changed = await show();
  await writeFile(join(clone, 'package-lock.json'), lock);
  expect(changed.stderr).toContain(`Installing dependencies: ${says}.`);
});

test('a package for another platform may be missing', async () => {
  await show();
  await writeFile(
    join(clone, 'package-lock.json'),
    lock.replace('"packages": {', '"packages": {\n"node_modules/other": {"version": "1.0.0", "optional": true, "os": ["none"]},'),
  );
  const ended = await show();
  await writeFile(join(clone, 'package-lock.json'), lock);
  expect(ended).toMatchObject({ code: 7, stderr: '' });
});

test('a failed install is said, with its reason', async () => {
  // npm refuses a package.json that its lockfile does not know.
  await write('package.json', { ...clonePackage, dependencies: { other: '1.0.0' } });
  await rm(join(clone, 'node_modules'), { recursive: true, force: true });
  const ended = await show();
  await write('package.json', clonePackage);
  expect(ended.code).toBe(1);
  expect(ended.stdout).toBe('');
  expect(ended.stderr).toContain('`npm ci` failed (1)');
});

test.each(['SIGTERM', 'SIGINT'] as const)('hands %s on, once, and ends as the program ends', async (signal) => {
  await show();
  // It ends a moment after the first, so that a second one would be counted.
  const text = `let times = 0;\nprocess.on('${signal}', () => { times += 1; setTimeout(() => process.exit(40 + times), 100); });\nsetInterval(() => {}, 1000);\nconsole.log('ready');\n`;
  await writeFile(join(clone, 'waits.mjs'), text);
  const ended = await start({ args: ['scripts/bootstrap.mjs', 'waits.mjs'], onOutput: (pid) => process.kill(pid, signal) });
  expect(ended).toMatchObject({ code: 41, stderr: '' });
});

test('ends by the signal that ended the program', async () => {
  await writeFile(join(clone, 'dies.mjs'), "process.kill(process.pid, 'SIGKILL');\n");
  expect(await start({ args: ['scripts/bootstrap.mjs', 'dies.mjs'] })).toMatchObject({ code: null, signal: 'SIGKILL' });
});

test('bin/yardmaster.js on an old Node hands over to the pinned one, or says what to do', async () => {
  const old = ['--require', './old.cjs', 'bin/yardmaster.js', 'ls'];
  await writeFile(
    join(clone, 'old.cjs'),
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } });\n",
  );
  await mkdir(join(clone, 'dist'));
  await writeFile(join(clone, 'dist/main.js'), 'export function main() {\n  console.log(process.execPath, process.argv.slice(2));\n}\n');
  await show();
  expect(await start({ args: old })).toEqual({ code: 0, signal: null, stdout: `${process.execPath} [ 'ls' ]\n`, stderr: '' });
  await rm(join(clone, 'node_modules'), { recursive: true });
  const refused = await start({ args: old });
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('yardmaster needs Node 24 or later, and this is Node 20.1.0');
  expect(refused.stderr).toContain('→ install Node 24');
});

test('bin/yardmaster.js prefers the source of a checkout to a bundle that may be old', async () => {
  await mkdir(join(clone, 'src/cli'), { recursive: true });
  await writeFile(join(clone, 'src/cli/main.ts'), "export function main(): void {\n  console.log('source');\n}\n");
  expect(await start({ node: process.execPath, args: ['bin/yardmaster.js'] })).toMatchObject({ code: 0, stdout: 'source\n' });
  await rm(join(clone, 'src'), { recursive: true });
  await rm(join(clone, 'dist'), { recursive: true });
  const incomplete = await start({ node: process.execPath, args: ['bin/yardmaster.js'] });
  expect(incomplete.stderr).toContain('this package is incomplete');
  expect(incomplete.code).toBe(1);
});

test('bin/yardmaster.js keeps compiled code for this user alone, and runs the same where it cannot', async () => {
  await mkdir(join(clone, 'dist'));
  await writeFile(join(clone, 'dist/main.js'), "export function main() {\n  console.log('bundle');\n}\n");
  const home = join(clone, 'person');
  await mkdir(home);
  const run = (env: Record<string, string>) => start({ node: process.execPath, args: ['bin/yardmaster.js'], env });
  const ran = { code: 0, signal: null, stdout: 'bundle\n', stderr: '' };

  expect(await run({ HOME: home, XDG_CACHE_HOME: '' })).toEqual(ran);
  const cache = join(home, '.cache/yardmaster');
  expect((await stat(cache)).mode & 0o777).toBe(0o700);
  expect(await readdir(cache)).not.toEqual([]);
  expect(await run({ HOME: home, XDG_CACHE_HOME: '' })).toEqual(ran);

  const shared = join(home, 'shared');
  await mkdir(join(shared, 'yardmaster'), { recursive: true });
  await chmod(join(shared, 'yardmaster'), 0o777);
  expect(await run({ XDG_CACHE_HOME: shared })).toEqual(ran);
  expect(await readdir(join(shared, 'yardmaster'))).toEqual([]);

  // No folder can be made below a file, nor a home that is not there.
  expect(await run({ XDG_CACHE_HOME: join(clone, 'package.json') })).toEqual(ran);
  expect(await run({ HOME: join(clone, 'nobody'), XDG_CACHE_HOME: '' })).toEqual(ran);
  expect(await readdir(clone)).not.toContain('nobody');
});
