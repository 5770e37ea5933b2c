// Bad input: what is wrong, where, and what to do; nothing is lost and nothing half done.
import { expect, test } from 'vitest';
import { commandsIn } from '../support/commands-in-one.ts';
import { openYard } from '../support/yard.ts';

test('a wrong configuration is refused with file, line and what was expected', async () => {
  const yard = await openYard({ todo: '', actions: {} });
  const file = `${yard.repo}/yardmaster.yaml`;
  const wrong: [string, RegExp][] = [
    ['worker:\n  maxStep: 3\n', /yardmaster\.yaml:2: there is no key worker\.maxStep/],
    ['models:\n  default: opus\nworker:\n  maxRetries: many\n', /yardmaster\.yaml:4: worker\.maxRetries: .*number/],
    ['models:\n  tiers:\n    opus: claude\n', /yardmaster\.yaml:3: models\.tiers\.opus: expected provider\/model/],
    ['delivery:\n  checks:\n    - npm test\n    - 7\n', /yardmaster\.yaml:4: delivery\.checks\.1/],
    ['budget:\n  dailyUsd: -1\n', /yardmaster\.yaml:2: budget\.dailyUsd: /],
    ['budget:\n  perAccountUsd:\n    work: lots\n', /yardmaster\.yaml:3: budget\.perAccountUsd\.work: .*number/],
    ['budget: {daily: 5}\n', /yardmaster\.yaml:1: there is no key budget\.daily/],
    ['worker: [\n', /yardmaster\.yaml:\d/],
    ['- a list\n', /yardmaster\.yaml:1: the file/],
    ['\u0000\u0001\u0002: \u0007', /yardmaster\.yaml:1/],
    ['a: &a [*a, *a]\n', /yardmaster\.yaml:1/],
  ];
  for (const [text, message] of wrong) {
    yard.write(file, text);
    const ran = await yard.run('config');
    expect(ran, text).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr, text).toMatch(message);
    expect(ran.stderr, text).toContain('→ ');
  }
});

test('files of a hundred megabytes are refused without being read', async () => {
  const yard = await openYard({ todo: '', actions: {} });
  const huge = Buffer.alloc(100 << 20, 0x61);
  yard.writeBytes(`${yard.repo}/TODO.md`, huge);
  const imported = await yard.run('import');
  expect(imported).toMatchObject({ code: 1, stdout: '' });
  expect(imported.stderr).toMatch(/TODO\.md/);
  yard.writeBytes(`${yard.repo}/yardmaster.yaml`, huge);
  const configured = await yard.run('config');
  expect(configured).toMatchObject({ code: 1, stdout: '' });
  expect(configured.stderr).toMatch(/yardmaster\.yaml:1: 102400 KiB are too large/);
});

test('a malformed line of TODO.md is reported with its number, and the other tasks are worked on', async () => {
  const todo =
    '- [ ] t1 Fine #auto-dispatch\n- [ ] t1 Twice #auto-dispatch\n- [ ] t2. Bad id #auto-dispatch\n- [ ] t3 Cyclic #auto-dispatch blocked-by:t4\n- [ ] t4 Cyclic #auto-dispatch blocked-by:t3\n';
  const yard = await openYard({ todo, actions: { t1: [[{ commit: { file: 'x', content: 'x', message: 'x' } }]] } });
  const ran = await yard.run('run');
  expect(ran.stderr).toMatch(/TODO\.md:2: .*t1/);
  expect(ran.stderr).toMatch(/TODO\.md:3: /);
  await expect(yard.json('show', 't1')).resolves.toMatchObject({ title: 'Fine', attempts: [{ verdict: 'work' }] });
  const told = await yard.json<{ why: string; moves: string }>('explain', 't3');
  expect(told.why).toContain('waits for t4');
  yard.write(`${yard.repo}/TODO.md`, '');
  expect((await yard.run('import')).code).toBe(3);
});

test('a binary TODO.md is a clear error, and no task changes', async () => {
  const yard = await openYard({ todo: '- [ ] t1 Fine\n', actions: {} });
  await yard.run('import');
  yard.writeBytes(`${yard.repo}/TODO.md`, Buffer.from([0x2d, 0x20, 0xff, 0xfe, 0x00, 0x80, 0x0a]));
  const ran = await yard.run('import');
  expect(ran.code).toBe(1);
  expect(ran.stderr).toMatch(/TODO\.md/);
  expect((await yard.json<unknown[]>('ls')).length).toBe(1);
  expect((await yard.run('run')).stderr).toMatch(/warning.*TODO\.md/);
});

test('wrong words on the command line end with exit code 2, and the right ones are suggested', async () => {
  const yard = await openYard({ todo: '', actions: {} });
  const wrong: [string[], RegExp][] = [
    [['rnu'], /did you mean `run`/],
    [['run', '--concurency', '2'], /did you mean --concurrency/],
    [['run', '--concurrency', 'many'], /concurrency/],
    [['show'], /id/],
    [['run', '--until', 'noon'], /idle.*done/],
    [['batch', 'creat', 'x'], /did you mean `create`/],
  ];
  const run = commandsIn(yard);
  for (const [args, message] of wrong) {
    const ran = await run(args);
    expect(ran, args.join(' ')).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr, args.join(' ')).toMatch(message);
  }
});

test('files that begin with a byte order mark are read as if it were not there', async () => {
  const yard = await openYard({ todo: '\ufeff- [ ] t1 First\n', actions: {} });
  yard.write(`${yard.repo}/yardmaster.yaml`, '\ufeffbudget:\n  dailyUsd: 3\n');
  yard.write(`${yard.repo}/.yardmaster/mcp.yaml`, '\ufeffservers:\n  docs: {command: docs}\n');
  yard.write(`${yard.repo}/body.md`, '\ufeffWhat is to be done.\n');
  expect(await yard.json('config')).toMatchObject({ 'budget.dailyUsd': { value: 3 } });
  expect(await yard.json('mcp')).toMatchObject([{ name: 'docs' }]);
  expect(await yard.json('import')).toMatchObject({ added: 1, problems: [] });
  await yard.run('add', 'Second', '--id', 't2', '--body', 'body.md');
  expect(await yard.json('show', 't2')).toMatchObject({ body: 'What is to be done.\n' });
});

test('settings and commands are shown without what may be a secret, to people and to scripts', async () => {
  const yard = await openYard({ todo: '', actions: {} });
  const servers = 'servers: {docs: {command: [docs, --key, s3cret], env: {A: s3cret}}, far: {url: "https://far.example.org/s3cret"}}\n';
  yard.write(`${yard.repo}/.yardmaster/mcp.yaml`, servers);
  const webhook = 'notify: {webhook: "https://hooks.example.org/s3cret", command: curl s3cret}\n';
  const agent = '{env: {MODE: s3cret}, args: [--mode, s3cret, --mode=s3cret]}';
  yard.write(`${yard.repo}/yardmaster.yaml`, `${webhook}agents: {claude: ${agent}, opencode: ${agent}}\n`);
  const run = commandsIn(yard);
  const asked = [['config'], ['mcp'], ['command', 'claude', 'run'], ['command', 'opencode', 'run']];
  for (const args of asked.flatMap((one) => [one, [...one, '--json']])) {
    const ran = await run(args);
    expect(ran, args.join(' ')).toMatchObject({ code: 0 });
    expect(ran.stdout, args.join(' ')).toContain('<secret>');
    expect(ran.stdout, args.join(' ')).not.toContain('s3cret');
  }
});

test('a failure ends with exit code 1 and a hint, bad usage with 2, and nothing to do with 3 and the reason', async () => {
  const yard = await openYard({ todo: '- [ ] t1 Unmarked\n', actions: {} });
  const failed: [string[], RegExp, number?][] = [
    [['show', 't9'], /there is no task t9/],
    [['add', 'x', '--id', 'x9'], /"x9" is not a task id/, 2],
    [['add', 'x', '--body', 'nowhere.md'], /nowhere\.md cannot be read/],
    [['add', 'x', '--batch', 'none'], /there is no batch none/],
    [['ls', '--state', 'broken'], /"broken" is not a state/, 2],
    [['budget', 'report', '--csv', '--json'], /--csv and --json exclude each other/, 2],
    [['add', 'x', '--model', 'nope'], /there is no model "nope"/],
    [['command', 'nobody', 'run'], /there is no agent nobody/],
    [['command', 'claude', 'dance'], /"dance" is not an action/, 2],
    [['init', '/'], /not in a git repository/],
    [['run', '--task', 't77'], /there is no task t77/],
  ];
  const run = commandsIn(yard);
  for (const [args, message, code = 1] of failed) {
    const ran = await run(args);
    expect(ran, args.join(' ')).toMatchObject({ code, stdout: '' });
    expect(ran.stderr, args.join(' ')).toMatch(message);
    expect(ran.stderr, args.join(' ')).toContain('→ ');
  }
  expect(await yard.run('run')).toMatchObject({ code: 3, stdout: '' });
  // A task that cannot be routed is told as blocked, not as nothing to do.
  yard.writeTodo('- [ ] t2 Wrong model #auto-dispatch model:nope\n');
  expect(await yard.run('run')).toMatchObject({ code: 1, stdout: expect.stringContaining('1 blocked') });
  expect((await yard.run('route', '--model', 'nonsense')).code).toBe(3);
  expect((await yard.run('logs', 't1')).code).toBe(1);
});

test('every level of commands prints help with examples to standard output', async () => {
  const yard = await openYard({ todo: '', actions: {} });
  for (const args of [[], ['run'], ['batch'], ['batch', 'create'], ['add'], ['explain']]) {
    const ran = await yard.run(...args, '--help');
    expect(ran, args.join(' ')).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout, args.join(' ')).toContain('USAGE');
    if (args[0] !== 'batch' || args.length > 1) expect(ran.stdout, args.join(' ')).toContain('EXAMPLES');
  }
});
