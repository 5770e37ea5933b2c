// The command line as users of gh and docker expect it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { commandsIn } from '../support/commands-in-one.ts';
import { storedStates } from '../support/stored-states.ts';
import { noTerminal, openTerminal } from '../support/terminal.ts';
import { until } from '../support/wait-until.ts';
import { openYard, type Told } from '../support/yard.ts';

const commit = (file: string): Action => ({ commit: { file, content: 'x\n', message: 'the work' } });

test('retry, cancel and reset act on all of the given tasks, or on none if one does not exist', async () => {
  const yard = await openYard({ todo: '- [ ] t1 First\n- [ ] t2 Second\n- [ ] t3 Third\n', actions: {} });
  await yard.run('import');
  const states = async (): Promise<string[]> => (await yard.json<Told[]>('ls')).map(({ state }) => state);
  expect(await yard.run('cancel', 't1', 't2')).toMatchObject({ code: 0, stdout: 't1 is cancelled\nt2 is cancelled\n' });
  expect(await yard.run('retry', 't1', 't9')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('there is no task t9'),
  });
  expect(await states()).toEqual(['cancelled', 'cancelled', 'queued']);
  // What a rule refuses keeps nothing else from being done, and is the exit code.
  const some = await yard.run('cancel', 't1', 't3');
  expect(some).toMatchObject({ code: 3, stdout: 't3 is cancelled\n', stderr: expect.stringContaining('t1 is cancelled') });
  expect(await yard.json('retry', 't1', 't2')).toMatchObject([
    { id: 't1', state: 'queued' },
    { id: 't2', state: 'queued' },
  ]);
  expect(await yard.json('reset', 't3')).toMatchObject({ id: 't3', state: 'queued' });
  expect((await yard.run('retry')).code).toBe(2);
});

test('when a command fails for one task it still acts on the others, and prints what it did', async () => {
  const yard = await openYard({ todo: '- [ ] t1 First\n', actions: {} });
  await yard.run('add', 'Second');
  await yard.run('cancel', 't1', 't2');
  rmSync(join(yard.repo, 'TODO.md'));
  mkdirSync(join(yard.repo, 'TODO.md'));
  for (const [action, ids] of [
    ['retry', ['t1', 't2']],
    ['reset', ['t2', 't1']],
  ] as const) {
    const acted = await yard.run(action, ...ids);
    expect
      .soft(acted, action)
      .toMatchObject({ code: 1, stdout: 't2 is queued\n', stderr: expect.stringContaining('TODO.md is not a file') });
  }
});

test('Ctrl-D at a question means no and Ctrl-C ends the command; neither does what the question asked', async ({ skip }) => {
  if (noTerminal !== null) return skip(noTerminal);
  const yard = await openYard({ todo: '- [ ] One\n', actions: {} });
  const keys: [key: string, command: string, code: number, told: string][] = [
    ['\u0004', 'import --assign', 3, 'nothing was changed'],
    ['\u0003', 'import --assign', 130, 'interrupted at the question'],
    ['\u0003', 'init', 130, 'interrupted at the question'],
  ];
  for (const [key, command, code, told] of keys) {
    const terminal = openTerminal(yard, `ym ${command}; echo "ended with $?"`);
    await terminal.shows('[y/N] ');
    terminal.child.stdin!.write(key);
    await terminal.shows('ended with');
    expect.soft(terminal.screen(), command).toContain(`ended with ${code}`);
    expect.soft(terminal.screen(), command).toContain(told);
    expect.soft(terminal.screen(), command).not.toContain('AbortError');
    expect(yard.todo()).toBe('- [ ] One\n');
  }
});

test('help and version work as commands', async () => {
  const yard = await openYard({ todo: '', actions: {} });
  expect(await yard.run('version')).toEqual(await yard.run('--version'));
  expect(await yard.run('version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\S+\n$/) });
  for (const words of [[], ['run'], ['batch'], ['batch', 'create']])
    expect(await yard.run('help', ...words), words.join(' ')).toEqual(await yard.run(...words, '--help'));
  expect(await yard.run('help', 'rnu')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('`run`') });
});

test('a --repo that is no repository is an error of every command', async () => {
  const yard = await openYard({ todo: '', actions: {} });
  const words = [
    ['config'],
    ['mcp'],
    ['route'],
    ['command', 'opencode', 'version'],
    ['budget', 'status'],
    ['budget', 'check'],
    ['budget', 'configure', '--daily', '1'],
    ['ls'],
    ['show', 't1'],
    ['explain', 't1'],
    ['logs', 't1'],
    ['retry', 't1'],
    ['add', 'x'],
    ['import'],
    ['run'],
    ['pulse'],
  ];
  const run = commandsIn(yard);
  for (const one of words) {
    const ran = await run([...one, '--repo', '/nonexistent']);
    expect.soft(ran, one.join(' ')).toMatchObject({ code: 1, stdout: '' });
    expect.soft(ran.stderr, one.join(' ')).toMatch(/^\/nonexistent is not in a git repository\n {2}→ /);
  }
});

test('ls --all shows the repository of each task, and cuts no line when it writes to a pipe', async () => {
  const long = 'A title with more words in it than any column of a terminal is wide';
  const yard = await openYard({ todo: `- [ ] t1 ${long}\n`, actions: {} });
  const other = join(yard.root, 'other');
  mkdirSync(other);
  execFileSync('git', ['init', '--quiet', other], { env: yard.env });
  execFileSync('git', ['commit', '--quiet', '--allow-empty', '--message', 'first'], { cwd: other, env: yard.env });
  yard.write(join(other, 'TODO.md'), '- [ ] t1 Another\n');
  await yard.run('import');
  const alone = await yard.run('ls', '--all');
  expect(alone.stdout).toContain(long);
  expect(alone.stdout).not.toContain('REPOSITORY');
  await yard.run('import', '--repo', other);
  const rows = (await yard.run('ls', '--all')).stdout.split('\n');
  expect(rows[0]).toMatch(/^REPOSITORY +ID +STATE/);
  for (const [repo, title] of [
    [yard.repo, long],
    [other, 'Another'],
  ] as const)
    expect(rows.find((row) => row.includes(title))).toMatch(new RegExp(`^${repo} +t1 `));
});

test('each entry of a supervisor’s log has its time and its repository', async () => {
  const todo = '- [ ] t1 First #auto-dispatch\n- [ ] t2. Bad #auto-dispatch\n';
  const yard = await openYard({ todo, actions: { t1: [[commit('t1')]] } });
  await yard.run('init');
  await yard.run('up');
  await until(() => storedStates(yard).join() === 'done');
  await yard.run('down');
  const lines = readFileSync(join(yard.home, 'supervisor.log'), 'utf8').trimEnd().split('\n');
  for (const line of lines) expect(line).toMatch(/^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z {2}\S| {2}→ )/);
  for (const part of ['TODO.md:2', 'running', 'done'])
    expect(
      lines.find((line) => line.includes(part)),
      part,
    ).toContain(`Z  ${yard.repo}  `);
});

test('a parse error names the wrong word, the command and where its help is', async () => {
  const yard = await openYard({ todo: '', actions: {} });
  const wrong: [string[], string, string][] = [
    [['show'], '<id> is missing', 'show'],
    [['batch', 'add', 'x'], '<name id>: at least 2 are needed, 1 is given', 'batch add'],
    [['show', 't1', 't2'], '"t2" is not expected: the command takes one argument; put quotes around one that has spaces in it', 'show'],
    [['status', 'x'], '"x" is not expected: the command takes only flags', 'status'],
    [['run', '--concurrency', 'many'], 'concurrency: "many" cannot be read: expected a whole number of at least 1', 'run'],
    [['run', '--until', 'noon'], '--until: "noon" is not one of idle, done', 'run'],
    [['run', '--repo'], '--repo needs a value', 'run'],
    [['run', '--concurency', '2'], 'there is no flag --concurency, did you mean --concurrency?', 'run'],
    [['run', '-x'], 'there is no flag -x', 'run'],
    [['batch', 'creat'], 'there is no command `creat`, did you mean `create`?', 'batch'],
    [['rnu'], 'there is no command `rnu`, did you mean `run`?', ''],
  ];
  for (const [words, message, command] of wrong) {
    const called = ['yardmaster', command].filter((part) => part !== '').join(' ');
    const stderr = `${called}: ${message}\n  → ${called} --help shows how it is used\n`;
    expect.soft(await yard.run(...words), words.join(' ')).toMatchObject({ code: 2, stdout: '', stderr });
  }
});
