// Text of others never drives a terminal: titles, models, names of servers, what agents say and how they fail, on every
// command that the program has.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, RouteMap } from '@stricli/core';
import { stringify } from 'yaml';
import { expect, test } from 'vitest';
import { root } from '../../src/cli/app.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { noTerminal, sitDown } from '../support/terminal.ts';
import { ended, openYard, type Yard } from '../support/yard.ts';

// Writes to the clipboard, rings, clears the screen in two ways, colours, and turns the order of what is read.
const hostile = '\u001b]52;c;aGk=\u0007\u001b[2J\u009b2J\u001b[35m\u202egro.live\u2066\u007f';
const shown = '\\u001b]52;c;aGk=\\u0007\\u001b[2J\\u009b2J\\u001b[35m\\u202egro.live\\u2066\\u007f';

/** What may never be printed; our line ends and tabs may. */
const raw = /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/u;

const h = `x${hostile}`;

/** Every command, in the order in which they make sense on the stage below. The first words of each run with --json too. */
const calls: Readonly<Record<string, readonly string[][]>> = {
  init: [['--yes'], ['..'], [h], [`../${h}`]],
  'batch create': [[h], [`${h}2`, '--mcp', h], [`${h}3`, '--role', h]],
  add: [
    [h, '--id', 't8', '--tag', h, '--body', 'body.md', '--model', 'evil'],
    [h, '--id', 't9', '--batch', h],
    ['x', '--batch', `${h}9`],
    ['x', '--model', h],
    ['x', '--id', h],
  ],
  import: [[], [h]],
  mcp: [[], ['--repo', `../${h}`]],
  run: [
    ['--task', 't1', '--task', 't2', '--task', 't3', '--task', 't5'],
    ['--task', h],
    ['--batch', h],
    ['--until', h],
  ],
  pulse: [[]],
  ls: [[], ['--all'], ['--state', h], ['--batch', h]],
  show: [['t1'], ['t2'], ['t3'], ['t5'], ['t8'], [h]],
  status: [[]],
  logs: [['t1'], ['t2'], ['t5'], [h]],
  explain: [['t1'], ['t2'], ['t3'], ['t5'], ['t8'], ['t9'], [h]],
  attach: [['t1'], [h]],
  'batch show': [[h]],
  'batch list': [[]],
  'batch add': [
    [h, 't8'],
    [h, h],
  ],
  'batch pause': [[h]],
  'batch resume': [[h]],
  'schedule add': [
    ['0 3 * * *', '--batch', h],
    [h, '--task', 't8'],
    ['0 3 * * *', '--task', h],
  ],
  'schedule list': [[]],
  'schedule remove': [['1'], [h]],
  'budget configure': [
    ['--per-task', h],
    ['--account', `${h}=1`],
  ],
  'budget status': [[]],
  'budget events': [[]],
  'budget check': [
    ['--task', 't1'],
    ['--task', h],
    ['--batch', h],
    ['--account', h],
  ],
  'budget report': [[], ['--csv'], ['--since', h]],
  route: [
    ['--model', h],
    ['--model', 'evil'],
    ['--task', 't1'],
    ['--task', 't3'],
    ['--agent', h],
  ],
  command: [
    ['opencode', 'run', '--model', 'evil', '--prompt', h, '--role', 'none'],
    [h, 'run'],
    ['opencode', h],
  ],
  agents: [[]],
  'accounts add': [[h], ['work', '--secret', `command:${h}`], ['work', '--provider', h]],
  'accounts list': [[]],
  'accounts pause': [[h], ['opencode:acme', '--why', h]],
  'accounts resume': [[h]],
  'accounts test': [[], [h]],
  doctor: [[]],
  config: [[], ['--repo', h]],
  trust: [['--show'], ['--yes'], ['--repo', h]],
  setup: [['--project', '--dry-run'], ['--dry-run'], ['--project', '--yes'], ['--agent', h]],
  update: [['--project'], ['--agent', h]],
  parity: [['--project'], ['--agent', h]],
  uninstall: [['--dry-run'], ['--agent', h]],
  cancel: [['t8'], [h]],
  retry: [['t2'], [h]],
  reset: [['t1'], [h]],
  'batch cancel': [[h]],
  reap: [['--dry-run'], []],
  up: [[], ['--print-unit'], [h]],
  down: [[]],
  // Shows a stage of its own alone, which takes the real agents.
  demo: [[h]],
  help: [[], [h]],
  version: [[]],
};

test('no command prints what would drive a terminal, as text or as JSON, and JSON says what the text was', async () => {
  const yard = await hostileYard();
  yard.write(join(yard.root, h, '.yardmaster', 'mcp.yaml'), stringify({ servers: { [h]: { command: ['docs'] } } }));
  const commands = new Map(leaves(root));
  expect(Object.keys(calls).toSorted()).toEqual([...commands.keys()].toSorted());
  let seen = '';
  for (const [name, all] of Object.entries(calls)) {
    const [first = []] = all;
    for (const args of commands.get(name) === true ? [[...first, '--json'], ...all] : all) {
      const words = [...name.split(' '), ...args];
      const ran = await ended(yard.startWith({ XDG_DATA_HOME: join(yard.root, h) }, ...words));
      expect.soft(ran.stdout, words.join(' ')).not.toMatch(raw);
      expect.soft(ran.stderr, words.join(' ')).not.toMatch(raw);
      seen += ran.stdout + ran.stderr;
    }
  }
  const { title, body } = await yard.json<{ title: string; body: string }>('show', 't8');
  expect({ title, body }).toEqual({ title: h, body: `${h}\n` });
  expect(seen).toContain(shown);
  const told = readFileSync(join(yard.root, 'person', 'told'), 'utf8');
  expect(told).toContain(shown);
  expect(told).not.toMatch(raw);
});

test.skipIf(noTerminal)('a terminal gets our own colours and nothing of others: lines, live rows, questions, raw output', async () => {
  const yard = await hostileYard();
  const words = [
    'run --task t1 --task t2 --task t5',
    'ls',
    'show t1',
    'logs t5',
    'logs t5 --raw',
    'explain t2',
    'ls --json',
    `show '${h}'`,
  ];
  const seat = sitDown(yard, `${words.map((one) => `ym ${one}`).join('; ')}; cd .. && ym init '${h}'; echo the-end`);
  for (const name of ['TODO.md', 'yardmaster.yaml']) {
    await seat.shows(`Write a ${name} to start from? [y/N]`);
    seat.child.stdin?.write('n\n');
  }
  await seat.shows('the-end');
  const screen = seat.screen();
  for (const part of ['\u001b]52', '\u0007', '\u001b[2J', '\u009b', '\u001b[35m', '\u202e', '\u2066', '\u007f'])
    expect.soft(screen, JSON.stringify(part)).not.toContain(part);
  expect(screen).toContain(shown.slice(0, 20));
  expect(screen).toMatch(/\u001b\[\d+mblocked\u001b\[39m/);
});

async function hostileYard(): Promise<Yard> {
  const acts = [
    { say: h },
    { tool: { name: h, input: { command: h }, output: h, failed: true } },
    { denied: { tool: h } },
    { stderr: `${h}\n` },
  ];
  const todo = [
    `- [ ] t1 Refused ${h} #auto-dispatch #${h} @${h} logged:${h}`,
    `- [ ] t2 Fails ${h} #auto-dispatch`,
    `- [ ] t3 Nowhere ${h} #auto-dispatch model:${h}`,
    `- [ ] t4 Waits ${h} #auto-dispatch blocked-by:t1,${h}`,
    `- [ ] t5 Works ${h} #auto-dispatch`,
    `- [ ] t6. Bad ${h} #auto-dispatch`,
  ].join('\n');
  const yard = await openYard({
    todo: `${todo}\n`,
    actions: {
      t1: [[...acts, { error: { status: 401, message: h } }]],
      t2: [[...acts, { exit: { code: 3 } }]],
      t5: [[...acts, { commit: { file: h, content: h, message: h } }, { edit: { file: `${h}2`, content: h } }]],
    },
    config: {
      models: { default: 'acme/coder-1', tiers: { evil: `acme/${h}` } },
      worker: { maxRetries: 0 },
      delivery: { checks: [`printf '%s\\n' '${h}'`] },
      notify: { bell: false, command: `printf '%s\\n' "$YARDMASTER_MESSAGE" | tee -a "$HOME/told" >&2; exit 7` },
    },
    files: {
      'body.md': `${h}\n`,
      '.yardmaster/mcp.yaml': stringify({ servers: { docs: { command: [h], env: { A: h } } } }),
      '.yardmaster/commands/evil.md': `---\ndescription: ${JSON.stringify(h)}\n---\n${h}\n`,
      '.yardmaster/roles/evil.md': `---\ndescription: ${JSON.stringify(h)}\n---\n${h}\n`,
    },
  });
  const other = join(yard.root, h);
  mkdirSync(other);
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', other], { env: yard.env });
  execFileSync('git', ['commit', '--quiet', '--allow-empty', '--message', h], { cwd: other, env: yard.env });
  return yard;
}

/** Every command by the words that call it, and whether it knows --json. */
function leaves(target: Command<CliContext> | RouteMap<CliContext>, words: readonly string[] = []): [string, boolean][] {
  if ('getAllEntries' in target) return target.getAllEntries().flatMap((one) => leaves(one.target, [...words, one.name.original]));
  return [[words.join(' '), 'json' in (target.parameters.flags ?? {})]];
}
