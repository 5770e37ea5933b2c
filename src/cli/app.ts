// Defines the command line: names, parameters and help. The code of a command is loaded only when the command is called.
import { buildApplication, buildCommand, buildRouteMap, run as runApplication, text_en, type Application } from '@stricli/core';
import { Fault } from '../core/fault.ts';
import { faultOf } from '../core/system-fault.ts';
import { visible } from '../lib/visible.ts';
import { accounts } from './accounts-app.ts';
import { batch } from './batch-app.ts';
import { issues } from './issues-app.ts';
import type { CancelFlags } from './commands/act.ts';
import type { AddFlags } from './commands/add.ts';
import type { CommandFlags } from './commands/command.ts';
import type { ImportFlags } from './commands/import.ts';
import type { RunFlags } from './commands/run.ts';
import { exitCodes, type CliContext } from './context.ts';
import { budget } from './money-app.ts';
import { down, reap, schedule, up } from './life-app.ts';
import { parity, setup, trust, uninstall, update } from './own-app.ts';
import { ownVersion } from './own-version.ts';
import { agent, concurrency, docs, json, list, model, oneId, repo, someIds, text, trusting } from './parameters.ts';
import { attach, events, logs } from './people-app.ts';
import { merge, open, pr } from './pulls-app.ts';
import { wrongWords } from './wrong-words.ts';

const init = buildCommand<{ json?: boolean; yes?: boolean; trust?: boolean }, [string?], CliContext>({
  loader: async () => (await import('./commands/init.ts')).init,
  parameters: {
    flags: {
      json,
      yes: { kind: 'boolean', brief: 'Write the starting files, and trust the existing configuration, without asking', optional: true },
      trust: trusting,
    },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'The repository (default: the one of the current folder)', parse: String, placeholder: 'dir', optional: true }],
    },
  },
  docs: docs('Registers a repository; offers a config and a TODO.md to start from', 'yardmaster init', 'yardmaster init ~/code/shop --yes'),
});

const add = buildCommand<AddFlags, [string], CliContext>({
  loader: async () => (await import('./commands/add.ts')).add,
  parameters: {
    flags: {
      json,
      id: text('The id of the task (default: the next free one)', 'id'),
      todo: { kind: 'boolean', brief: 'Write its line into TODO.md as well', optional: true },
      body: text('A file with the details; - for standard input', 'file'),
      model,
      agent,
      tag: list('A tag; may be repeated', 'tag'),
      blockedBy: list('A task that must be done first; may be repeated', 'id'),
      batch: text('The batch of the task', 'name'),
      mcp: list('An MCP server for its workers, or none; may be repeated', 'name'),
      role: text('The role of its workers, or none', 'name'),
      repo,
    },
    positional: { kind: 'tuple', parameters: [{ brief: 'What has to be done, in one line', parse: String, placeholder: 'title' }] },
  },
  docs: docs(
    'Adds one task',
    'yardmaster add "Fix the login redirect"',
    'yardmaster add "Cover it with a test" --todo',
    'yardmaster add "Port to ESM" --model sonnet --blocked-by t3 --body notes.md',
  ),
});

const importTasks = buildCommand<ImportFlags, [string?], CliContext>({
  loader: async () => (await import('./commands/import.ts')).importTasks,
  parameters: {
    flags: {
      json,
      repo,
      batch: text('The batch for these tasks, which are then started without #auto-dispatch as well', 'name'),
      assign: { kind: 'boolean', brief: 'First give ids to open lines that have none; shows the patch and asks', optional: true },
      yes: { kind: 'boolean', brief: 'Write the ids without asking', optional: true },
    },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'The task list (default: TODO.md of the repository)', parse: String, placeholder: 'file', optional: true }],
    },
  },
  docs: docs(
    'Imports the open tasks of a TODO.md',
    'yardmaster import',
    'yardmaster import --assign',
    'yardmaster import docs/TODO.md --batch release',
  ),
});

const run = buildCommand<RunFlags, [], CliContext>({
  loader: async () => (await import('./commands/run.ts')).run,
  parameters: {
    flags: {
      json: { ...json, brief: 'Events as lines of JSON on standard output; the last one is the summary' },
      batch: text('Only this batch', 'name'),
      task: list('Only this task, with or without #auto-dispatch; may be repeated', 'id'),
      until: {
        kind: 'enum',
        values: ['idle', 'done'],
        brief: 'idle: stop when nothing runs or is ready; done: stop when only you could make anything go on (default)',
        optional: true,
      },
      concurrency,
      repo,
      all: { kind: 'boolean', brief: 'All registered repositories', optional: true },
      agent,
      model,
      trust: trusting,
    },
  },
  docs: docs(
    'Supervises in the foreground until nothing is left. Ctrl-C drains, a second one stops the workers',
    'yardmaster run',
    'yardmaster run --task t12 --task t13 --concurrency 2',
    'yardmaster run --until idle --json',
  ),
});

const pulse = buildCommand<{ json?: boolean; repo?: string; all?: boolean; trust?: boolean }, [], CliContext>({
  loader: async () => (await import('./commands/pulse.ts')).pulseOnce,
  parameters: {
    flags: {
      json: { ...json, brief: 'Events as lines of JSON on standard output' },
      repo,
      all: { kind: 'boolean', brief: 'All registered repositories', optional: true },
      trust: trusting,
    },
  },
  docs: docs('Runs exactly one pass of the phases and prints what each did', 'yardmaster pulse', '*/5 * * * *  yardmaster pulse --all'),
});

const ls = buildCommand<{ json?: boolean; state?: readonly string[]; batch?: string; repo?: string; all?: boolean }, [], CliContext>({
  loader: async () => (await import('./commands/ls.ts')).ls,
  parameters: {
    flags: {
      json,
      state: list('Only tasks in this state; may be repeated', 'state'),
      batch: text('Only this batch', 'name'),
      repo,
      all: { kind: 'boolean', brief: 'All registered repositories', optional: true },
    },
  },
  docs: docs('Lists tasks', 'yardmaster ls', 'yardmaster ls --state blocked --state failed', "yardmaster ls --json | jq '.[].id'"),
});

const show = buildCommand<{ json?: boolean; repo?: string }, [string], CliContext>({
  loader: async () => (await import('./commands/show.ts')).show,
  parameters: { flags: { json, repo }, positional: oneId },
  docs: docs('Shows one task with its transitions and attempts', 'yardmaster show t12'),
});

const status = buildCommand<{ json?: boolean }, [], CliContext>({
  loader: async () => (await import('./commands/status.ts')).status,
  parameters: { flags: { json } },
  docs: docs('Shows counts, running workers and money at a glance', 'yardmaster status'),
});

const explain = buildCommand<{ json?: boolean; repo?: string }, [string], CliContext>({
  loader: async () => (await import('./commands/explain.ts')).explain,
  parameters: { flags: { json, repo }, positional: oneId },
  docs: docs('Says why a task is where it is, and what would move it', 'yardmaster explain t12'),
});

const cancel = buildCommand<CancelFlags, string[], CliContext>({
  loader: async () => (await import('./commands/act.ts')).cancel,
  parameters: {
    flags: { json, repo, close: { kind: 'boolean', brief: 'Close their pull requests as well', optional: true } },
    positional: someIds,
  },
  docs: docs(
    'Cancels tasks; their workers are stopped, their work is kept',
    'yardmaster cancel t12',
    'yardmaster cancel t12 t13',
    'yardmaster cancel t12 --close',
  ),
});

const retry = buildCommand<{ json?: boolean; repo?: string }, string[], CliContext>({
  loader: async () => (await import('./commands/act.ts')).retry,
  parameters: { flags: { json, repo }, positional: someIds },
  docs: docs(
    'Queues blocked, failed, cancelled or waiting tasks again, in the same checkout',
    'yardmaster retry t12',
    'yardmaster retry t12 t13',
  ),
});

const reset = buildCommand<{ json?: boolean; repo?: string }, string[], CliContext>({
  loader: async () => (await import('./commands/act.ts')).reset,
  parameters: { flags: { json, repo }, positional: someIds },
  docs: docs('Queues tasks again from the start; work in their worktrees and branches is preserved first', 'yardmaster reset t12'),
});

const route = buildCommand<{ json?: boolean; model?: string; task?: string; repo?: string; agent?: string }, [], CliContext>({
  loader: async () => (await import('./commands/route.ts')).route,
  parameters: { flags: { json, model, task: text('Show the route of this task', 'id'), repo, agent } },
  docs: docs(
    'Shows the routing decision with its reasons; dispatches nothing',
    'yardmaster route --model sonnet',
    'yardmaster route --task t12 --json',
  ),
});

const mcp = buildCommand<{ json?: boolean; repo?: string }, [], CliContext>({
  loader: async () => (await import('./commands/mcp.ts')).listServers,
  parameters: { flags: { json, repo } },
  docs: docs('Lists the MCP servers that workers can use, and what each lacks', 'yardmaster mcp', 'yardmaster add "Look it up" --mcp docs'),
});

const command = buildCommand<CommandFlags, [string, string], CliContext>({
  loader: async () => (await import('./commands/command.ts')).showCommand,
  parameters: {
    flags: {
      json,
      model,
      prompt: text('The prompt (default: a placeholder)', 'text'),
      repo,
      resume: text('A session to resume', 'session'),
      mcp: list('An MCP server for the worker (default: those of tools.mcp), or none; may be repeated', 'name'),
      role: text('The role of the worker (default: that of tools.role), or none', 'name'),
    },
    positional: {
      kind: 'tuple',
      parameters: [
        { brief: 'The agent', parse: String, placeholder: 'agent' },
        { brief: 'run, attach, probe, version or eval', parse: String, placeholder: 'action' },
      ],
    },
  },
  docs: docs(
    'Shows what would be executed: arguments, environment, standard input, folder',
    'yardmaster command opencode run --model google/gemini-3.8-flash',
    'yardmaster command claude version --json',
  ),
});

const agents = buildCommand<{ json?: boolean }, [], CliContext>({
  loader: async () => (await import('./commands/agents.ts')).agents,
  parameters: { flags: { json } },
  docs: docs('Shows which agents are installed and signed in', 'yardmaster agents'),
});

const doctor = buildCommand<{ json?: boolean }, [], CliContext>({
  loader: async () => (await import('./commands/doctor.ts')).doctor,
  parameters: { flags: { json } },
  docs: docs('Checks git, agents, disk, state home, database and clock; says how to fix each problem', 'yardmaster doctor'),
});

const config = buildCommand<{ json?: boolean; repo?: string }, [], CliContext>({
  loader: async () => (await import('./commands/config.ts')).config,
  parameters: { flags: { json, repo } },
  docs: docs('Shows every setting with its value and its origin', 'yardmaster config', 'yardmaster config --json'),
});

const demo = buildCommand<{ json?: boolean }, [], CliContext>({
  loader: async () => (await import('./commands/demo.ts')).demo,
  parameters: { flags: { json } },
  docs: docs(
    'Shows a whole run in a throw-away repository: real agents, a scripted model on loopback, no account needed',
    'yardmaster demo',
  ),
});

const help = buildCommand<object, string[], CliContext>({
  func: async function (_, ...words) {
    this.exit = await runCli([...words, '--help'], this);
  },
  parameters: { positional: { kind: 'array', parameter: { brief: 'The command', parse: String, placeholder: 'command' } } },
  docs: docs('Shows how a command is used, with examples', 'yardmaster help run', 'yardmaster help batch create'),
});

const version = buildCommand<object, [], CliContext>({
  func: async function () {
    this.out.write(`${await ownVersion()}\n`);
  },
  parameters: {},
  docs: docs('Shows the version of this program', 'yardmaster version'),
});

export const root = buildRouteMap<string, CliContext>({
  routes: {
    init,
    add,
    import: importTasks,
    batch,
    run,
    up,
    down,
    pulse,
    ls,
    show,
    status,
    events,
    logs,
    explain,
    attach,
    pr,
    open,
    merge,
    issues,
    cancel,
    retry,
    reset,
    schedule,
    budget,
    reap,
    route,
    command,
    agents,
    accounts,
    doctor,
    mcp,
    trust,
    setup,
    update,
    parity,
    uninstall,
    config,
    demo,
    help,
    version,
  },
  docs: {
    brief: 'Sees coding tasks through to delivered, verified work',
    fullDescription: [
      'Sees coding tasks through to delivered, verified work with the agent CLIs you already have.',
      '',
      'EXAMPLES',
      '  yardmaster demo                      see it work, no account needed',
      '  yardmaster init && yardmaster run    work on the tasks in TODO.md that have #auto-dispatch',
      '  yardmaster explain t12               why a task is where it is',
    ].join('\n'),
  },
});

/** Runs one command line to its end and returns the exit code. */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  await runApplication(application(args), args, context);
  if (context.exit !== null) return context.exit;
  const code = Number(context.process.exitCode ?? 0);
  // The parser's own codes are negative: -4 and -5 stand for wrong usage, the others for faults of the program.
  if (code === -4 || code === -5 || code === exitCodes.usage) return exitCodes.usage;
  return code === 0 ? exitCodes.done : exitCodes.failed;
}

function application(args: readonly string[]): Application<CliContext> {
  return buildApplication(root, {
    name: 'yardmaster',
    versionInfo: { getCurrentVersion: ownVersion },
    determineExitCode: (error) => (error instanceof Fault && error.code === 'usage' ? exitCodes.usage : exitCodes.failed),
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { caseStyle: 'convert-camel-to-kebab' },
    localization: {
      text: {
        ...text_en,
        ...wrongWords(calledBy(args)),
        exceptionWhileRunningCommand: told,
        commandErrorResult: told,
        exceptionWhileLoadingCommandFunction: told,
      },
    },
  });
}

/** The program's name and those words of the arguments that select a command. */
function calledBy(args: readonly string[]): string {
  const words = ['yardmaster'];
  let at: ReturnType<typeof root.getRoutingTargetForInput> = root;
  for (const word of args) {
    at = at !== undefined && 'getAllEntries' in at ? at.getRoutingTargetForInput(word) : undefined;
    if (at === undefined) break;
    words.push(word);
  }
  return words.join(' ');
}

/**
 * A fault says what is wrong and what to do. Any other error is a bug of ours and shows its stack. The parser adds the
 * colour.
 */
export function told(error: unknown): string {
  const fault = faultOf(error);
  if (fault !== null) return visible(`${fault.message}\n  → ${fault.hint}`);
  return visible(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
