// Text of others never drives a terminal: titles, models, names of servers, what agents say and how they fail, on every
// command that the program has.
// `npm test` shows what becomes of such characters (src/lib/visible.test.ts), and tries the functions that print with random text
// (test/fuzz/fuzz.test.ts).
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { expect, test } from 'vitest';
import { commandsIn } from '../support/commands-in-one.ts';
import { everyCommand } from '../support/every-command.ts';
import { noTerminal, openTerminal } from '../support/terminal.ts';
import { openYard, type Yard } from '../support/yard.ts';

// Writes to the clipboard, rings, clears the screen in two ways, colours, and turns the order of what is read.
const hostile = '\u001b]52;c;aGk=\u0007\u001b[2J\u009b2J\u001b[35m\u202egro.live\u2066\u007f';
const shown = '\\u001b]52;c;aGk=\\u0007\\u001b[2J\\u009b2J\\u001b[35m\\u202egro.live\\u2066\\u007f';

/** What may never be printed; our line ends and tabs may. */
const raw = /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/u;

const h = `x${hostile}`;

test('no command prints control sequences that others wrote, neither as text nor as JSON, and JSON keeps the original text', async () => {
  const yard = await hostileYard();
  yard.write(join(yard.root, h, '.yardmaster', 'mcp.yaml'), stringify({ servers: { [h]: { command: ['docs'] } } }));
  const run = commandsIn(yard, { XDG_DATA_HOME: join(yard.root, h) });
  let seen = '';
  for (const { name, json, calls } of everyCommand({ word: h })) {
    const [first = []] = calls;
    for (const args of json ? [[...first, '--json'], ...calls] : calls) {
      const words = [...name.split(' '), ...args];
      const ran = await run(words);
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

test.skipIf(noTerminal)(
  'a terminal gets our own colours and no control sequence of others, in lines, live rows, questions and raw output',
  async () => {
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
    const terminal = openTerminal(yard, `${words.map((one) => `ym ${one}`).join('; ')}; cd .. && ym init '${h}'; echo the-end`);
    for (const name of ['TODO.md', 'yardmaster.yaml']) {
      await terminal.shows(`Write a ${name} to start from? [y/N]`);
      terminal.child.stdin?.write('n\n');
    }
    await terminal.shows('the-end');
    const screen = terminal.screen();
    for (const part of ['\u001b]52', '\u0007', '\u001b[2J', '\u009b', '\u001b[35m', '\u202e', '\u2066', '\u007f'])
      expect.soft(screen, JSON.stringify(part)).not.toContain(part);
    expect(screen).toContain(shown.slice(0, 20));
    expect(screen).toMatch(/\u001b\[\d+mblocked\u001b\[39m/);
  },
);

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
