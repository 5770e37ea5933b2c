#!/usr/bin/env node
// Stands in for either agent CLI where the real one cannot be made to behave as a test needs. It is started with the real
// one's arguments, reads the prompt from standard input, prints the dialect that the arguments ask for, and performs the
// script (a JSON file, named by SCRIPTED_AGENT) for this task and attempt. script.ts lists the actions.
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { claudeCli } from '../../src/agents/claude/dialect.fixture.ts';
import { opencodeCli } from '../../src/agents/opencode/dialect.fixture.ts';
import { claimAttempt, openSession, readScript } from './attempt.ts';
import { print, type ScriptedCli } from './dialect.ts';
import { perform } from './perform.ts';
import { ScriptProblem, scriptProblemCode } from './script.ts';

const clis: Readonly<Record<string, ScriptedCli>> = { opencode: opencodeCli, claude: claudeCli };

const argv = process.argv.slice(2);
const { env } = process;
// This variable is only for our own start: the environment that we record and pass on is the one that we were given.
delete env['NODE_COMPILE_CACHE'];

function option(...names: readonly string[]): string | null {
  const at = argv.findLastIndex((arg) => names.some((name) => arg === name || arg.startsWith(`${name}=`)));
  const found = argv[at];
  if (found === undefined) return null;
  return found.includes('=') ? found.slice(found.indexOf('=') + 1) : (argv[at + 1] ?? null);
}

/** Chosen by the arguments, else by the name under which it was installed, else the first that existed. */
function cliOf(): ScriptedCli {
  const name = env['SCRIPTED_AGENT_AS'] ?? 'claude';
  const found = Object.values(clis).find(({ isMeant }) => isMeant(argv)) ?? clis[name];
  if (found === undefined) throw new ScriptProblem(`there is no agent ${name}`);
  return found;
}

/**
 * At a terminal it plays the interactive form: it switches to raw keys and the alternate screen, and performs the script
 * for `*`.
 */
function interactivePrompt(): string {
  process.stdin.setRawMode(true);
  print(1, '\u001b[?1049h');
  return 'whatever a person types';
}

async function main(): Promise<number> {
  const cli = cliOf();
  if (argv.includes('--version')) {
    print(1, `${cli.version}\n`);
    return 0;
  }
  for (const [signal, code] of Object.entries(cli.exitCodes ?? {})) process.on(signal, () => process.exit(code));
  const file = env['SCRIPTED_AGENT'];
  if (file === undefined) throw new ScriptProblem('SCRIPTED_AGENT names no script');
  const prompt = process.stdin.isTTY ? interactivePrompt() : await text(process.stdin);
  if (prompt.trim() === '') {
    print(2, cli.noPrompt);
    return 1;
  }
  const script = readScript(file);
  const cwd = process.cwd();
  const dialect = cli.open({
    ...{ option, env, cwd },
    has: (flag) => argv.includes(flag),
    openSession: (given) => openSession({ file, ...given }),
  });
  if (dialect === null) return 1;
  const attempt = await claimAttempt({ file, script, facts: { pid: process.pid, argv, cwd, prompt, env: { ...env } } });
  dialect.start();
  return await perform({ dialect, attempt, folder: dirname(file) });
}

try {
  process.exit(await main());
} catch (error) {
  print(2, `scripted agent: ${error instanceof ScriptProblem ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exit(scriptProblemCode);
}
