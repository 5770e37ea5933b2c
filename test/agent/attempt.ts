// The scripted agent's memory beside its script: the number of attempts of each task, and the sessions that can be resumed.
// Agents that start at the same time never get the same attempt, and no reader sees half a file.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { Session, Spent } from './dialect.ts';
import { nothingSpent } from './dialect.ts';
import type { Action, AgentScript, AttemptRecord, Ran } from './script.ts';
import { ScriptProblem } from './script.ts';

export interface Attempt {
  readonly actions: readonly Action[];
  recordCommit(hash: string): void;
  /** Called with the process ids that were left behind. */
  recordFork(pid: number): void;
  recordRun(ran: Ran): void;
}

export function readScript(file: string): AgentScript {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as AgentScript;
  } catch (error) {
    throw new ScriptProblem(`cannot read the script ${file}: ${String(error)}`);
  }
}

export async function claimAttempt({
  file,
  script,
  facts,
}: {
  readonly file: string;
  readonly script: AgentScript;
  readonly facts: Omit<AttemptRecord, 'task' | 'attempt'>;
}): Promise<Attempt> {
  const id = /\b(?:t|[A-Z]{2,}-)\d+(\.\d+)*\b/.exec(facts.prompt)?.[0];
  const key = id !== undefined && Object.hasOwn(script, id) ? id : '*';
  const attempts = script[key] ?? [];
  const task = key === '*' ? 'any' : key;
  const folder = `${file}.state`;
  mkdirSync(folder, { recursive: true });
  for (let attempt = 1; ; attempt += 1) {
    const path = join(folder, `${task}.${attempt}`);
    if (!createWhole(`${path}.json`, { ...facts, task, attempt } satisfies AttemptRecord)) continue;
    const actions = attempts[attempt - 1] ?? attempts.at(-1) ?? [];
    const forks: number[] = [];
    const commits: string[] = [];
    const runs: Ran[] = [];
    if (key !== '*' && !(await holdAlone(join(folder, `${task}.alive`)))) writeFileSync(`${path}.doubled`, JSON.stringify(facts.cwd));
    return {
      actions,
      recordCommit(hash) {
        commits.push(hash);
        replace(`${path}.commits`, commits);
      },
      recordFork(pid) {
        forks.push(pid);
        replace(`${path}.forks`, forks);
      },
      recordRun(ran) {
        runs.push(ran);
        replace(`${path}.runs`, runs);
      },
    };
  }
}

/**
 * Reserves the task for as long as this process lives; false if another process has it. A socket is used, because the
 * kernel closes it however the process ends, and because it works across PID namespaces.
 */
async function holdAlone(path: string): Promise<boolean> {
  const server = createServer().listen(path);
  const listening = once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (await listening) {
    server.unref();
    return true;
  }
  const socket = connect(path);
  const answered = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  if (answered) return false;
  rmSync(path, { force: true });
  return holdAlone(path);
}

/**
 * Null if the session is not known, or, when a new one is to begin, if it already exists. A session is found only from
 * where it began.
 */
export function openSession({
  file,
  id,
  resume,
  home,
}: {
  readonly file: string;
  readonly id: string;
  readonly resume: boolean;
  readonly home: string;
}): Session | null {
  const folder = join(`${file}.state`, 'sessions');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, encodeURIComponent(id));
  const save = (total: Spent): void => replace(path, { home, total });
  if (!resume) return createWhole(path, { home, total: nothingSpent }) ? { id, before: nothingSpent, save } : null;
  try {
    const known = JSON.parse(readFileSync(path, 'utf8')) as { readonly home: string; readonly total: Spent };
    return known.home === home ? { id, before: known.total, save } : null;
  } catch {
    return null;
  }
}

/**
 * False if the file already exists. Through a link, the file appears complete or not at all, and never replaces another
 * file.
 */
function createWhole(path: string, value: object): boolean {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, JSON.stringify(value));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

function replace(path: string, value: object): void {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, JSON.stringify(value));
  renameSync(draft, path);
}
