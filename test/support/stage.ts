// A story's stage: a throw-away repository with a bare remote, a state home of its own, the scripted model on loopback, and
// our real command line run as people run it. None of the machine's configuration or credentials are visible.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { startModelServer, type Choice, type ModelServer } from '../model-server/model-server.ts';
import type { Script } from '../model-server/steps.ts';
import { installScriptedAgent, type ScriptedAgent } from '../agent/install-scripted-agent.ts';
import type { AgentScript, AttemptRecord } from '../agent/script.ts';
import { agentBinary, toldVersion } from './agents.ts';

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Yard {
  /** The file of our program. */
  readonly program: string;
  readonly root: string;
  readonly repo: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  readonly server: ModelServer;
  /** The scripted agents, if the story has them. */
  readonly agents: Readonly<Record<string, ScriptedAgent>>;
  /** Runs our command line to its end. */
  run(...args: string[]): Promise<Ran>;
  /** Runs it with `--json` and returns the parsed document; throws if the exit code is neither 0 nor in `codes`. */
  json<T>(...args: string[]): Promise<T>;
  /** Starts it and lets it run. */
  start(...args: string[]): ChildProcess;
  /** The same with additional environment variables. */
  startWith(env: Readonly<Record<string, string>>, ...args: string[]): ChildProcess;
  git(...args: string[]): string;
  todo(): string;
  writeTodo(text: string): void;
  /** The path is absolute; missing folders are made. */
  write(file: string, text: string, mode?: number): void;
  writeBytes(file: string, bytes: Uint8Array): void;
  /** The attempts of all scripted agents. */
  attempts(): AttemptRecord[];
}

export interface Told {
  readonly id: string;
  readonly state: string;
  readonly reason: string;
  readonly verdict: string | null;
  readonly agent: string | null;
  readonly branch: string | null;
  readonly deliveredCommit: string | null;
  readonly attempts: number;
}

export interface YardOptions {
  readonly todo: string;
  readonly script?: Script;
  /** The script for test/agent's executable in the role of either CLI; absent: the real binaries of devDependencies. */
  readonly actions?: AgentScript;
  /** Merged over the story's configuration, key by key at the top level. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly claudeEnv?: Readonly<Record<string, string>>;
  /** Used instead of the real programs; called with the stage's folder. */
  readonly paths?: (root: string) => { readonly claude?: string; readonly opencode?: string };
  readonly remote?: boolean;
  /** Names the scenario of a request; null: that of the task in its prompt. */
  readonly choose?: (request: Choice) => string | null;
  /** Awaited before the scripted model answers. */
  readonly ready?: () => Promise<void>;
  /** OpenCode's providers beside `acme`. */
  readonly providers?: (url: string) => Readonly<Record<string, unknown>>;
}

export interface Stage extends Yard {
  /** Ends every process of the stage; with `keep`, its folder stays for inspection. */
  close(options: { readonly keep: boolean }): Promise<void>;
}

/** The folder of the git that the tests themselves run: a newer one can be tried by putting it first in PATH. */
function gitFolder(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.find((folder) => existsSync(join(folder, 'git'))) ?? '/usr/bin';
}

/** `program` starts our bundle. */
export async function buildStage(options: YardOptions & { readonly program: string }): Promise<Stage> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'yard-story-')));
  const at = (name: string): string => join(root, name);
  const server = await startModelServer({
    script: options.script ?? {},
    ...(options.ready === undefined ? {} : { ready: options.ready }),
    choose: (request) => options.choose?.(request) ?? /\btask (t\d+(?:\.\d+)*)\b/i.exec(request.prompt)?.[1] ?? null,
  });
  const [repo, home, person] = [at('repo'), at('home'), at('person')];
  for (const folder of [repo, person, at('tmp')]) mkdirSync(folder);
  const path = [dirname(process.execPath), ...new Set([gitFolder(), '/usr/local/bin', '/usr/bin', '/bin'])].join(delimiter);
  const env: Record<string, string> = {
    PATH: path,
    HOME: person,
    TMPDIR: at('tmp'),
    YARDMASTER_HOME: home,
    LANG: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    // The configuration is the test's own; trust.test.ts tests what a stranger's may do.
    YARDMASTER_TRUST: '1',
    ...options.env,
  };
  writeFileSync(join(person, '.gitconfig'), '[user]\n\tname = Person\n\temail = person@example.org\n[init]\n\tdefaultBranch = main\n');
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: repo, env, encoding: 'utf8' }).trimEnd();
  git('init', '--quiet', '--initial-branch=main');
  const agents = scripted({ options, root });
  const files = {
    'README.md': 'A repository.\n',
    'TODO.md': options.todo,
    'yardmaster.yaml': stringify(configuration({ options, url: server.url, root, agents })),
    ...options.files,
  };
  for (const [name, text] of Object.entries(files)) write(join(repo, name), text);
  write(at('no-models.json'), '{}');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'first');
  if (options.remote !== false) {
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', at('origin.git')], { env });
    git('remote', 'add', 'origin', at('origin.git'));
    git('push', '--quiet', 'origin', 'main');
  }
  const started = new Set<ChildProcess>();
  const yard = stage({ program: options.program, root, repo, home, env, server, agents, git, started });
  return {
    ...yard,
    close: async ({ keep }) => {
      for (const child of started) child.kill('SIGKILL');
      endAllOf(home);
      await server.close();
      if (!keep) rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function stage(given: {
  program: string;
  root: string;
  repo: string;
  home: string;
  env: Record<string, string>;
  server: ModelServer;
  agents: Yard['agents'];
  git: Yard['git'];
  started: Set<ChildProcess>;
}): Yard {
  const { repo, env, started } = given;
  const startWith: Yard['startWith'] = (more, ...args) => {
    const child = spawn(process.execPath, [given.program, ...args], {
      cwd: repo,
      env: { ...env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.add(child);
    child.once('exit', () => started.delete(child));
    return child;
  };
  const start: Yard['start'] = (...args) => startWith({}, ...args);
  const run = (...args: string[]): Promise<Ran> => ended(start(...args));
  return {
    ...given,
    start,
    startWith,
    run,
    json: async (...args) => {
      const ran = await run(...args, '--json');
      try {
        return JSON.parse(ran.stdout);
      } catch {
        throw new Error(`yardmaster ${args.join(' ')} ended with ${ran.code}:\n${ran.stdout}\n${ran.stderr}`);
      }
    },
    todo: () => readFileSync(join(repo, 'TODO.md'), 'utf8'),
    writeTodo: (text) => writeFileSync(join(repo, 'TODO.md'), text),
    write,
    writeBytes: (file, bytes) => writeFileSync(file, bytes),
    attempts: () => Object.values(given.agents).flatMap((agent) => agent.attempts()),
  };
}

/** Collects its output until it has ended. */
export function ended(child: ChildProcess): Promise<Ran> {
  const parts = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (parts.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (parts.stderr += text));
  return new Promise((resolve, reject) => {
    // If it could not be started, because its folder is gone, there is no other event.
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...parts }));
  });
}

const cost = { input: 3, output: 15 };
const limit = { context: 200_000, output: 8192 };

function scripted(given: { options: YardOptions; root: string }): Readonly<Record<string, ScriptedAgent>> {
  const { actions } = given.options;
  if (actions === undefined) return {};
  return Object.fromEntries(
    (['claude', 'opencode'] as const).map((name) => [
      name,
      installScriptedAgent({ folder: join(given.root, 'agents'), name, script: actions }),
    ]),
  );
}

/**
 * The real agent, which says its version without being started where its start takes long: every command of ours that looks for
 * agents asks for it. (That the real one says so: real-agents.test.ts.)
 */
function realAgent({ name, root }: { name: 'claude' | 'opencode'; root: string }): string | null {
  const binary = agentBinary(name);
  if (binary === null || name === 'claude') return binary;
  const file = join(root, 'agents', name);
  write(file, `#!/bin/sh\n[ "$*" = --version ] && exec echo ${toldVersion(name)}\nexec '${binary}' "$@"\n`, 0o755);
  return file;
}

function configuration(given: { options: YardOptions; url: string; root: string; agents: Yard['agents'] }): unknown {
  const { options, url, root, agents } = given;
  const own = options.paths?.(root) ?? {};
  const path = (name: 'claude' | 'opencode'): string => own[name] ?? agents[name]?.path ?? realAgent({ name, root }) ?? name;
  const key = { ANTHROPIC_API_KEY: 'sk-ant-test-000' };
  const provider = {
    acme: {
      npm: '@ai-sdk/openai-compatible',
      name: 'Acme',
      options: { baseURL: `${url}/v1`, apiKey: 'sk-test-000' },
      models: { 'coder-1': { name: 'Coder', cost, limit } },
    },
  };
  return {
    agents: {
      claude: {
        path: path('claude'),
        env: { ANTHROPIC_BASE_URL: url, ...(options.claudeEnv ?? key), ...agents['claude']?.env },
      },
      opencode: {
        path: path('opencode'),
        env: { OPENCODE_MODELS_PATH: join(root, 'no-models.json'), ...agents['opencode']?.env },
        config: { provider: { ...provider, ...options.providers?.(url) } },
      },
    },
    models: { default: 'acme/coder-1' },
    ...options.config,
  };
}

function write(file: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode });
}

/**
 * Ends everything that a failed or timed-out story may leave: a running supervisor, and workers, which are meant to outlive
 * a killed supervisor. Supervisors are ended first, so that none starts another worker meanwhile.
 */
function endAllOf(home: string): void {
  for (const pid of [...commandsOf(home), ...strays(home)]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      continue;
    }
  }
}

/** Processes of our program for this home, and the commands that they run for themselves. */
export function commandsOf(home: string): number[] {
  return processesWhere((environment) => environment.includes(`YARDMASTER_HOME=${home}`));
}

/** Processes of workers of this home: their marker is the name of an attempt's folder. Empty if there is no /proc. */
export function strays(home: string): number[] {
  const attempts = list(join(home, 'attempts'));
  return processesWhere((environment) => attempts.some((id) => environment.includes(`YARDMASTER_ATTEMPT=${id}`)));
}

function processesWhere(matches: (environment: readonly string[]) => boolean): number[] {
  const pids = list('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => (matches(read(`/proc/${pid}/environ`).split('\0')) ? [Number(pid)] : []));
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
