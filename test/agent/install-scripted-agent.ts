// Installs a scripted agent in a folder of the test, under the name of the CLI for which it stands in.
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AgentScript, AttemptRecord, Ran } from './script.ts';

const cache = fileURLToPath(new URL('../../node_modules/.cache/scripted-agent', import.meta.url));

export interface ScriptedAgent {
  /** The executable. */
  readonly path: string;
  /** The variables that the agent's environment must contain. */
  readonly env: { readonly SCRIPTED_AGENT: string };
  /** Replaces the script; the numbers of attempts continue. */
  write(script: AgentScript): void;
  /** The attempts that have begun, by task and number. */
  attempts(): AttemptRecord[];
  /** The processes that the attempts left behind on purpose. */
  forks(): number[];
  /** The commits that the attempts made. */
  commits(): string[];
  /** The results of their shell commands. */
  runs(): Ran[];
  /** How many attempts began while another worker of the same task was alive. */
  doubled(): number;
}

export function installScriptedAgent({
  folder,
  name,
  script,
}: {
  readonly folder: string;
  readonly name: 'claude' | 'opencode';
  readonly script: AgentScript;
}): ScriptedAgent {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  const file = join(folder, `${name}.script.json`);
  const program = fileURLToPath(new URL('scripted-agent.fixture.ts', import.meta.url));
  // A worker's PATH may lead to a Node that cannot run TypeScript; `exec` keeps it a single process. Removing the types
  // costs 0.15 s of processor time at every start; with the cache it is 0.02 s.
  const variables = `SCRIPTED_AGENT_AS=\${SCRIPTED_AGENT_AS:-${name}} NODE_COMPILE_CACHE=${quoted(cache)}`;
  writeFileSync(path, `#!/bin/sh\n${variables} exec ${quoted(process.execPath)} ${quoted(program)} "$@"\n`);
  chmodSync(path, 0o755);
  const write = (next: AgentScript): void => writeFileSync(file, JSON.stringify(next));
  write(script);
  const state = `${file}.state`;
  const read = <T>(end: RegExp): T[] =>
    (existsSync(state) ? readdirSync(state) : [])
      .filter((entry) => end.test(entry))
      .map((entry) => JSON.parse(readFileSync(join(state, entry), 'utf8')) as T);
  return {
    path,
    env: { SCRIPTED_AGENT: file },
    write,
    attempts: () =>
      read<AttemptRecord>(/^(any|t[\d.]+)\.\d+\.json$/).toSorted(
        (a, b) => a.task.localeCompare(b.task, 'en', { numeric: true }) || a.attempt - b.attempt,
      ),
    commits: () => read<string[]>(/\.commits$/).flat(),
    runs: () => read<Ran[]>(/\.runs$/).flat(),
    doubled: () => read<string>(/\.doubled$/).length,
    forks: () => read<number[]>(/^(any|t[\d.]+)\.\d+\.forks$/).flat(),
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
