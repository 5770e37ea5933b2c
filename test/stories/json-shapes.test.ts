// What scripts rely on: the exit codes of every command that knows --json, and the shape of what it prints, on a yard with
// tasks in every state. A command that is not driven here, or that prints nothing in all its calls, makes the story fail.
// A difference is a change of the contract: UPDATE_GOLDEN=1 writes it, and whoever commits it reads it.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { expect, onTestFinished, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { atWork, eventsOf } from '../support/events-of.ts';
import { commandsIn } from '../support/commands-in-one.ts';
import { everyCommand } from '../support/every-command.ts';
import { expectGolden } from '../support/golden.ts';
import { keep, view, type Printed } from '../support/printed-shapes.ts';
import { ended, openYard, type Ran, type Yard } from '../support/yard.ts';

/** What a command is called with here, where that is not what every command is called with. */
const own: Readonly<Record<string, readonly (readonly string[])[]>> = {
  init: [['--yes'], ['../x'], ['nowhere']],
  'batch create': [['x'], ['y', '--concurrency', '2', '--mcp', 'docs', '--role', 'careful'], ['x']],
  add: [
    [
      'Has all',
      '--id',
      't8',
      '--tag',
      'x',
      '--body',
      'body.md',
      '--model',
      'evil',
      '--blocked-by',
      't4',
      '--mcp',
      'docs',
      '--role',
      'none',
    ],
    ['In a paused batch', '--id', 't9', '--batch', 'y'],
    ['Of no batch that there is', '--batch', 'z'],
  ],
  import: [[], ['--assign', '--yes'], ['nowhere.md']],
  run: [['--task', 't1', '--task', 't2', '--task', 't3', '--task', 't5', '--task', 't6']],
  ls: [[], ['--all'], ['--state', 'blocked'], ['--state', 'x'], ['--batch', 'y']],
  show: [['t1'], ['t2'], ['t3'], ['t5'], ['t6'], ['t7'], ['t8'], ['t10'], ['t11'], ['t13'], ['t14'], ['t99']],
  logs: [['t1'], ['t2'], ['t5'], ['t6'], ['t11'], ['t4'], ['t5', '--attempt', '9']],
  explain: [['t1'], ['t2'], ['t3'], ['t4'], ['t5'], ['t7'], ['t8'], ['t9'], ['t10'], ['t11'], ['t12'], ['t13'], ['t14'], ['t99']],
  'batch show': [['x'], ['y'], ['z']],
  'batch add': [
    ['x', 't2', 't8', 't12'],
    ['x', 'z'],
  ],
  'batch pause': [['x'], ['z']],
  'batch resume': [['x'], ['z']],
  'schedule add': [['0 3 * * *', '--batch', 'x'], ['0 4 * * *', '--task', 't8'], ['0 5 * * *']],
  'budget configure': [
    ['--daily', '50', '--account', 'x=5', '--degrade-at', '0.7'],
    ['--account', 'x'],
  ],
  'budget check': [[], ['--task', 't2'], ['--task', 't10'], ['--batch', 'x'], ['--account', 'acme'], ['--task', 't99']],
  'budget report': [[], ['--since', '7d']],
  route: [[], ['--model', 'evil'], ['--model', 'x'], ['--model', 'opus'], ['--task', 't3'], ['--task', 't5'], ['--agent', 'x']],
  command: [
    ['opencode', 'run', '--prompt', 'x', '--mcp', 'docs', '--role', 'careful'],
    ['opencode', 'version'],
    ['claude', 'run', '--model', 'opus'],
    ['claude', 'probe', '--model', 'opus'],
    ['x', 'run'],
  ],
  'accounts add': [
    ['work', '--secret', 'command:echo x'],
    ['more', '--provider', 'acme', '--secret', 'command:echo x', '--agent', 'opencode'],
  ],
  'accounts pause': [['acme', '--why', 'x'], ['x']],
  'accounts resume': [['acme'], ['x']],
  trust: [['--show'], ['--yes'], ['--show'], ['--revoke'], ['--repo', 'x']],
  setup: [['--project', '--dry-run'], ['--project', '--yes'], ['--dry-run']],
  cancel: [['t10'], ['t11', 't14'], ['t5']],
  retry: [['t1'], ['t3', 't13'], ['t99']],
  reset: [['t1'], ['t3', 't13'], ['t5'], ['t7']],
  'batch cancel': [['x'], ['z']],
  up: [[]],
  down: [['--now'], []],
};

/** These have tests of their own: json-shapes.full.test.ts, json-shapes-of-pull-requests.full.test.ts and issues.test.ts. */
const elsewhere: ReadonlySet<string> = new Set([
  ...['demo', 'pr', 'merge', 'issues sync', 'issues pull', 'issues push', 'issues status', 'issues resolve'],
]);

test('every command with --json has the exit code and the shape of output that were reviewed', async () => {
  const yard = await openStage();
  // If the test fails between the two, what `up` has started is still there.
  onTestFinished(async () => void (await yard.run('down', '--now')));
  const call = calling(yard);
  const all = new Map<string, Printed>();
  let working: Working | null = null;
  const commands = everyCommand({ word: 'x' });
  expect(commands.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(own)));
  for (const { name, json, calls } of commands) {
    if (!json || elsewhere.has(name)) continue;
    if (name === 'ls') working = await beginWork(yard);
    // Until it is shown below that a batch can be paused, its task is not to start.
    if (name === 'run') await yard.run('batch', 'pause', 'y');
    const printed: Printed = { exits: [], texts: [] };
    all.set(name, printed);
    for (const args of own[name] ?? calls) keep(printed, [name, ...args].join(' '), await call(name, args));
    if (name === 'run') keep(printed, 'run --task t11, interrupted while it waits', await interrupted(yard));
    if (name === 'cancel' && working !== null) keep(all.get('run') ?? printed, 'run --task t10, which is cancelled', await working.ended);
  }
  for (const [name, { texts }] of all) expect.soft(texts, `what ${name} has printed`).not.toEqual([]);
  expectGolden({
    file: new URL('./golden/json-shapes.json', import.meta.url),
    value: Object.fromEntries([...all].map(([name, printed]) => [name, view(name, printed)])),
  });
});

/** Trust alone is looked at without the word that the tests' environment gives for all that is configured. */
function calling(yard: Yard): (name: string, args: readonly string[]) => Promise<Ran> {
  const run = commandsIn(yard);
  return (name, args) => {
    const words = [...name.split(' '), ...args, '--json'];
    return name === 'trust' ? ended(yard.startWith({ YARDMASTER_TRUST: '' }, ...words)) : run(words);
  };
}

/** The account that the task needs cools down for an hour, which the supervisor waits for until it is interrupted. */
function interrupted(yard: Yard): Promise<Ran> {
  const supervisor = yard.start('run', '--task', 't11', '--json');
  const event = eventsOf(supervisor);
  const all = ended(supervisor);
  void event(({ type }) => type === 'waiting').then(() => supervisor.kill('SIGINT'));
  return all;
}

/** The agent has told what its answer cost. */
const hasSpent =
  (task: string) =>
  ({ type, task: of, event }: Readonly<Record<string, unknown>>): boolean =>
    type === 'progress' && of === task && shownType(event) === 'step';

const shownType = (event: unknown): unknown => (event as { readonly type: string }).type;

interface Working {
  readonly ended: Promise<Ran>;
}

/** From here on one task is cancelled, one delivered, one is at work until it is cancelled, and another one could be. */
async function beginWork(yard: Yard): Promise<Working> {
  // The worker that the pulse has left behind.
  await yard.run('cancel', 't13');
  await deliver(yard);
  yard.writeTodo(`${yard.todo()}- [ ] t14 Is ready #auto-dispatch\n`);
  const supervisor = yard.start('run', '--task', 't10', '--json');
  const event = eventsOf(supervisor);
  const all = ended(supervisor);
  await event(hasSpent('t10'));
  return { ended: all };
}

/** A task that has a subtask by the time its work arrives stays delivered, and its run ends. */
async function deliver(yard: Yard): Promise<void> {
  const supervisor = yard.start('run', '--task', 't7', '--json');
  const event = eventsOf(supervisor);
  const all = ended(supervisor);
  await event(atWork('t7'));
  const lines = yard.todo().split('\n');
  yard.writeTodo(lines.flatMap((line) => (line.includes(' t7 ') ? [line, '  - [ ] t7.1 Is open'] : [line])).join('\n'));
  yard.write(join(yard.root, 'agents', 'go'), '');
  expect((await all).code).toBe(0);
}

const todo = `- [ ] t1 Is refused #auto-dispatch
- [ ] t2 Fails #auto-dispatch
- [ ] t3 Has no model #auto-dispatch model:x
- [ ] t4 Waits #auto-dispatch blocked-by:t1
- [ ] t5 Is done #auto-dispatch #tag
- [ ] t6 Is billed otherwise #auto-dispatch model:opus
- [ ] t7 Is delivered
- [ ] t10 Is at work
- [ ] t11 Reaches a limit #auto-dispatch model:opus
- [ ] t12 Is not marked
- [ ] t13 Is left to the next supervisor #auto-dispatch
- [ ] t15. Cannot be read #auto-dispatch
- [ ] Has no id
`;

const commit = (file: string): Action => ({ commit: { file, content: 'x\n', message: 'the work' } });
const wait: Action = { hang: true };
const billedByKey = {
  type: 'system',
  subtype: 'init',
  session_id: '11111111-2222-4333-8444-555555555555',
  apiKeySource: 'ANTHROPIC_API_KEY',
};

async function openStage(): Promise<Yard> {
  const yard = await openYard({
    todo,
    actions: {
      t1: [[{ say: 'x' }, { error: { status: 401, message: 'x' } }]],
      t2: [[{ say: 'x' }, { step: { cost: 0.97 } }, { exit: { code: 3 } }]],
      t5: [
        [
          { say: 'x' },
          { tool: { name: 'bash', input: { command: 'x' }, output: 'x', failed: true } },
          { step: { cost: 0.85 } },
          commit('t5'),
        ],
      ],
      t6: [[{ raw: { text: `${JSON.stringify(billedByKey)}\n` } }, { denied: { tool: 'WebFetch' } }, commit('t6')]],
      t7: [[{ say: 'at work' }, { waitFor: { file: 'go' } }, commit('t7')]],
      t10: [[{ say: 'at work' }, { step: { cost: 0.1 } }, wait]],
      t11: [[{ limit: { kind: 'usage', resetsAt: Math.floor(Date.now() / 1000) + 3600 } }]],
      t13: [[wait]],
    },
    claudeEnv: { CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-story' },
    config: {
      models: {
        default: 'big',
        tiers: { opus: 'anthropic/claude-opus-5-5', big: 'acme/coder-1', evil: 'acme/coder-2' },
        cheaper: { big: 'evil' },
      },
      // Whether the repository can be kept from workers depends on the machine.
      worker: { maxRetries: 0, protect: 'off' },
      delivery: { setup: 'true', checks: ['true'] },
      // What the first run spends of the account's makes all that comes later take the cheaper tier.
      budget: { dailyUsd: 100, perTaskUsd: 0.1, perTaskTokens: 1_000_000, perAccountUsd: { acme: 2.2 } },
    },
    files: {
      'body.md': 'x\n',
      '.yardmaster/mcp.yaml': stringify({
        servers: {
          docs: { command: ['docs', 'serve'], env: { A: 'x' }, people: true },
          far: { url: 'https://example.org/mcp', headers: { B: '${env:NOT_SET}' }, agents: ['opencode'] },
        },
      }),
      '.yardmaster/permissions.yaml': stringify({ deny: ['shell(rm *)', 'read(.env)'], ask: ['shell(git push *)'] }),
      '.yardmaster/commands/greet.md': '---\nallowed-tools: [read]\n---\nGreet {{1}}.\n',
      '.yardmaster/roles/careful.md': '---\ndescription: Careful\n---\nBe careful.\n',
    },
  });
  const other = join(yard.root, 'x');
  mkdirSync(other);
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', other], { env: yard.env });
  execFileSync('git', ['commit', '--quiet', '--allow-empty', '--message', 'x'], { cwd: other, env: yard.env });
  return yard;
}
