// Performs the actions of a script in order, including those that change files or processes. Returns the exit code of the
// ending.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Attempt } from './attempt.ts';
import type { Dialect } from './dialect.ts';
import { print } from './dialect.ts';
import type { Action, ForkKind } from './script.ts';
import { ScriptProblem } from './script.ts';

interface Stage {
  readonly dialect: Dialect;
  readonly attempt: Attempt;
  /** The folder for the relative paths of `waitFor`. */
  readonly folder: string;
}

export async function perform(stage: Stage): Promise<number> {
  for (const action of stage.attempt.actions) {
    const code = await act(action, stage);
    if (code !== null) return code;
  }
  if (!stage.attempt.actions.some((action) => 'finish' in action)) stage.dialect.finish();
  return 0;
}

/** The exit code if the action ends the run; null if the run continues. */
async function act(action: Action, { dialect, attempt, folder }: Stage): Promise<number | null> {
  if ('say' in action) dialect.say(action.say);
  else if ('tool' in action) dialect.tool({ input: {}, output: '', failed: false, ...action.tool });
  else if ('denied' in action) dialect.denied(action.denied.tool);
  else if ('step' in action) dialect.step(action.step);
  else if ('commit' in action) attempt.recordCommit(commit(action.commit, dialect));
  else if ('edit' in action) edit(action.edit, dialect);
  else if ('run' in action) await runShell(action, { dialect, attempt });
  else if ('raw' in action) print(1, 'text' in action.raw ? action.raw.text : Buffer.from(action.raw.base64, 'base64'));
  else if ('rawBytes' in action) print(1, Buffer.concat([Buffer.alloc(action.rawBytes.mb * 1024 * 1024, 'x'), Buffer.from('\n')]));
  else if ('stderr' in action) print(2, action.stderr);
  else if ('ignoreTerm' in action) ignoreTerm();
  else if ('fork' in action) attempt.recordFork(await fork(action.fork));
  else if ('fallbackAgent' in action) dialect.fallbackAgent();
  else if ('finish' in action) dialect.finish();
  else if ('waitFor' in action) {
    dialect.pause();
    await appearance(resolve(folder, action.waitFor.file));
  } else return end(action, dialect);
  return null;
}

async function end(action: Action, dialect: Dialect): Promise<number> {
  if ('error' in action) return dialect.error(action.error);
  if ('limit' in action) return dialect.limit(action.limit);
  if ('refusal' in action) return dialect.refusal();
  if ('budget' in action) return dialect.budget();
  if ('turns' in action) return dialect.turns();
  if ('autoReject' in action) return dialect.autoReject();
  if ('noResult' in action) return 0;
  dialect.pause();
  if ('exit' in action) return action.exit.code;
  if ('signal' in action) killSelf(action.signal.name);
  if ('signal' in action || 'hang' in action) return await never();
  throw new ScriptProblem(`there is no such action: ${JSON.stringify(action)}`);
}

function commit({ file, content, message }: { file: string; content: string; message: string }, dialect: Dialect): string {
  edit({ file, content }, dialect);
  git('add', '--', file);
  // An earlier attempt may have committed it, and an agent does not commit unchanged files.
  if (git('status', '--porcelain', '--', file) !== '') git(...identity(), 'commit', '--quiet', '--message', message, '--', file);
  dialect.tool({
    name: dialect.tools.bash,
    input: { command: `git commit -m ${JSON.stringify(message)}` },
    output: git('log', '-1', '--oneline'),
    failed: false,
  });
  return git('rev-parse', 'HEAD').trim();
}

function edit({ file, content }: { file: string; content: string }, dialect: Dialect): void {
  const path = resolve(file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  dialect.tool({
    name: dialect.tools.write,
    input: { [dialect.tools.path]: path, content },
    output: 'Wrote file successfully.',
    failed: false,
  });
}

async function runShell(action: { run: string; must?: true }, { dialect, attempt }: Omit<Stage, 'folder'>): Promise<void> {
  const { run: command, must = false } = action;
  dialect.pause();
  // The output goes to a file, because processes that the shell leaves behind would keep a pipe open.
  const folder = mkdtempSync(join(tmpdir(), 'yard-run-'));
  const file = join(folder, 'output');
  const stream = openSync(file, 'a');
  const shell = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', stream, stream] });
  const [code] = (await once(shell, 'exit')) as [number | null];
  closeSync(stream);
  const output = readFileSync(file, 'utf8');
  rmSync(folder, { recursive: true });
  attempt.recordRun({ command, code, output });
  dialect.tool({ name: dialect.tools.bash, input: { command }, output, failed: code !== 0 });
  if (must && code !== 0) throw new ScriptProblem(`the shell ended with ${code ?? 'a signal'}: ${command}\n${output}`);
}

function git(...args: string[]): string {
  return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Empty if the person has an identity: a worker commits in the person's name. */
function identity(): string[] {
  try {
    git('config', 'user.email');
    return [];
  } catch {
    return ['-c', 'user.name=Scripted Agent', '-c', 'user.email=agent@example.com'];
  }
}

function ignoreTerm(): void {
  process.removeAllListeners('SIGTERM');
  process.on('SIGTERM', () => undefined);
}

function killSelf(name: NodeJS.Signals): void {
  // With a handler of our own, the signal would not end this process as it ends others.
  process.removeAllListeners(name);
  process.kill(process.pid, name);
}

/** The process has streams of its own: a reader that waits for the end of our output must not wait for it. */
async function fork({ kind, seconds = 1000 }: { kind: ForkKind; seconds?: number }): Promise<number> {
  const sleep = ['sleep', `${seconds}`];
  if (kind === 'double-fork') {
    // The shell leads a new session and ends at once, so that the sleeping process has no parent of ours.
    const shell = spawn('sh', ['-c', `${sleep.join(' ')} </dev/null >/dev/null 2>&1 & echo $!`], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const pid = Number(await text(shell.stdout));
    if (!Number.isInteger(pid) || pid <= 1) throw new ScriptProblem('cannot start a shell');
    return pid;
  }
  const before = { nohup: ['nohup'], setsid: [], cleared: ['env', '-i'] }[kind];
  const [file = '', ...args] = [...before, ...sleep];
  const child = spawn(file, args, { detached: kind !== 'nohup', stdio: 'ignore' });
  await once(child, 'spawn');
  child.unref();
  return child.pid ?? 0;
}

function appearance(path: string): Promise<void> {
  return new Promise((done) => {
    mkdirSync(dirname(path), { recursive: true });
    const watcher = watch(dirname(path), () => look());
    const look = (): void => {
      if (!existsSync(path)) return;
      watcher.close();
      done();
    };
    // The file may have appeared before the watch began.
    look();
  });
}

function never(): Promise<never> {
  setInterval(() => undefined, 2 ** 30);
  return new Promise(() => undefined);
}
