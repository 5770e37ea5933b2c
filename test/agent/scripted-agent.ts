#!/usr/bin/env node
// Stands in for either agent CLI where the real one cannot be made to do what a test needs. It is started with the real
// one's arguments, takes the prompt from standard input, speaks the dialect that the arguments ask for, and does what
// the script (a JSON file, named by SCRIPTED_AGENT) says for this task and attempt. See script.ts for what it can do.
import { randomUUID } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { claimAttempt, openSession, readScript } from './attempt.ts';
import { ClaudeDialect } from './claude-dialect.ts';
import type { Dialect } from './dialect.ts';
import { print } from './dialect.ts';
import { OpencodeDialect } from './opencode-dialect.ts';
import { perform } from './perform.ts';
import { ScriptProblem, scriptProblemCode } from './script.ts';

const versions = { claude: '2.1.330 (Claude Code)', opencode: '1.18.33' } as const;
type Kind = keyof typeof versions;

const argv = process.argv.slice(2);
const { env } = process;
// For our own start alone: what we record and leave behind has the environment that we were given.
delete env['NODE_COMPILE_CACHE'];

/** The last value of an option, as `--name value` or `--name=value`. */
function option(...names: readonly string[]): string | null {
  const at = argv.findLastIndex((arg) => names.some((name) => arg === name || arg.startsWith(`${name}=`)));
  const found = argv[at];
  if (found === undefined) return null;
  return found.includes('=') ? found.slice(found.indexOf('=') + 1) : (argv[at + 1] ?? null);
}

function kindOf(): Kind {
  if (argv[0] === 'run') return 'opencode';
  if (argv.includes('-p') || argv.includes('--print')) return 'claude';
  const hint = env['SCRIPTED_AGENT_AS'] ?? basename(process.argv[1] ?? '');
  return hint.startsWith('opencode') ? 'opencode' : 'claude';
}

/** Claude Code answers the signals of an end with an exit code; OpenCode has no handler and is ended by them. */
function answerSignals(kind: Kind): void {
  if (kind === 'opencode') return;
  process.on('SIGTERM', () => process.exit(143));
  process.on('SIGHUP', () => process.exit(129));
  process.on('SIGINT', () => process.exit(0));
}

/** Null where the real one refuses the session; it has said so then. */
function openDialect(kind: Kind, file: string): Dialect | null {
  const resumed = kind === 'claude' ? option('--resume', '-r') : option('--session', '-s');
  const home = kind === 'claude' ? '' : (env['XDG_DATA_HOME'] ?? '');
  const id =
    resumed ?? (kind === 'claude' ? (option('--session-id') ?? randomUUID()) : `ses_${randomUUID().replaceAll('-', '').slice(0, 26)}`);
  const session = openSession({ file, id, resume: resumed !== null, home });
  if (kind === 'opencode') {
    if (session === null) print(2, '\u001b[91m\u001b[1mError: \u001b[0mSession not found\n');
    return session === null ? null : new OpencodeDialect({ session, agent: option('--agent') ?? 'build' });
  }
  if (session === null)
    print(2, resumed === null ? `Error: Session ID ${id} is already in use.\n` : `No conversation found with session ID: ${id}\n`);
  const permissionMode = argv.includes('--dangerously-skip-permissions') ? 'bypassPermissions' : (option('--permission-mode') ?? 'default');
  return session === null
    ? null
    : new ClaudeDialect({ session, model: fullName(option('--model') ?? 'opus'), permissionMode, env, cwd: process.cwd() });
}

function fullName(model: string): string {
  const known: Readonly<Record<string, string>> = {
    opus: 'claude-opus-5-5',
    sonnet: 'claude-sonnet-5-5',
    haiku: 'claude-haiku-5-5',
    fable: 'claude-fable-5-2',
  };
  return known[model] ?? model;
}

/** At a terminal it is the interactive form: it takes the keys and the other screen, and does what the script says for `*`. */
function seated(): string {
  process.stdin.setRawMode(true);
  print(1, '\u001b[?1049h');
  return 'whatever a person types';
}

async function main(): Promise<number> {
  const kind = kindOf();
  if (argv.includes('--version')) {
    print(1, `${versions[kind]}\n`);
    return 0;
  }
  answerSignals(kind);
  const file = env['SCRIPTED_AGENT'];
  if (file === undefined) throw new ScriptProblem('SCRIPTED_AGENT names no script');
  const prompt = process.stdin.isTTY ? seated() : await text(process.stdin);
  if (prompt.trim() === '') {
    print(
      2,
      kind === 'claude'
        ? 'Error: Input must be provided either through stdin or as a prompt argument when using --print\n'
        : 'Error: You must provide a message or a command\n',
    );
    return 1;
  }
  const script = readScript(file);
  const dialect = openDialect(kind, file);
  if (dialect === null) return 1;
  const attempt = await claimAttempt({ file, script, facts: { pid: process.pid, argv, cwd: process.cwd(), prompt, env: { ...env } } });
  dialect.start();
  return await perform({ dialect, attempt, folder: dirname(file) });
}

try {
  process.exit(await main());
} catch (error) {
  print(2, `scripted agent: ${error instanceof ScriptProblem ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exit(scriptProblemCode);
}
