// The stage for one figure: a repository with a bare remote, a state home and configuration of its own, and a shell script
// in place of the agent that prints the first agent's event lines, so that an agent's own start time does not hide ours.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { openStore } from '../src/cli/compose.ts';
import { stateHome, type Home } from '../src/config/paths.ts';
import type { TaskRequest } from '../src/core/task/task.ts';
import { ring } from '../src/lib/bell.ts';
import type { Store } from '../src/ports/store.ts';
import type { Ground } from './ground.ts';

export interface Stage {
  readonly folder: string;
  readonly repo: string;
  readonly home: Home;
  /** The environment in which our program is started. */
  readonly env: Readonly<Record<string, string>>;
  git(...args: string[]): string;
  store(): Promise<Store>;
}

/** The lines of an agent's turn, by which a worker is judged. */
const turn = (said: string): string =>
  [
    { type: 'step_start', sessionID: 'ses_1', part: { id: 'prt_1' } },
    { type: 'text', sessionID: 'ses_1', part: { id: 'prt_2', text: said } },
    { type: 'step_finish', sessionID: 'ses_1', part: { id: 'prt_3', reason: 'stop', cost: 0.01, tokens: noTokens } },
  ]
    .map((line) => `printf '%s\\n' '${JSON.stringify(line)}'`)
    .join('\n');

const noTokens = { input: 1000, output: 100, reasoning: 0, cache: { read: 0, write: 0 } };

/** The behaviour of the agent, as the text of a shell script. */
export const agents = {
  /** It begins with a short silence, so that the supervisor is idle again when it ends. */
  noChange: `sleep 0.15\n${turn('no change needed: it is as it should be')}`,
  commits: `echo work >"\${PWD##*/}.txt"\ngit add --all && git commit --quiet --message work\n${turn('Done.')}`,
  sleeps: 'exec sleep 100000',
};

export function openStage(
  ground: Ground,
  given: { readonly name: string; readonly agent: string; readonly todo?: string; readonly config?: object },
): Stage {
  const folder = join(ground.root, given.name);
  const at = (name: string): string => join(folder, name);
  for (const name of ['repo', 'tmp', 'person/.config/yardmaster']) mkdirSync(at(name), { recursive: true });
  const env = {
    PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    HOME: at('person'),
    TMPDIR: at('tmp'),
    YARDMASTER_HOME: at('home'),
    LANG: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    ...ground.mark,
  };
  writeFileSync(at('person/.gitconfig'), '[user]\n\tname = Bench\n\temail = bench@example.org\n[init]\n\tdefaultBranch = main\n');
  writeFileSync(at('agent'), `#!/bin/sh\n${given.agent}\n`, { mode: 0o755 });
  const config = {
    // The other agent is not installed, so there is no choice between agents.
    agents: { opencode: { path: at('agent'), env: ground.mark, config: { provider: { acme: {} } } }, claude: { path: at('none') } },
    models: { default: 'acme/coder-1' },
    // Streams of the bench are longer than any agent's.
    worker: { maxSteps: 1_000_000 },
    ...given.config,
  };
  writeFileSync(at('person/.config/yardmaster/config.yaml'), stringify(config));
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: at('repo'), env, encoding: 'utf8' }).trimEnd();
  git('init', '--quiet');
  writeFileSync(at('repo/TODO.md'), given.todo ?? '# Tasks\n');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'first');
  git('init', '--quiet', '--bare', at('origin.git'));
  git('remote', 'add', 'origin', at('origin.git'));
  git('push', '--quiet', 'origin', 'main');
  git('fetch', '--quiet', 'origin');
  git('remote', 'set-head', 'origin', 'main');
  return { folder, repo: at('repo'), home: stateHome(env), env, git, store: () => openStore({ env }) };
}

export function request(id: string, change: Partial<TaskRequest> = {}): TaskRequest {
  const nothing = { body: null, model: null, agent: null, batch: null, estimate: null, mcp: null, role: null };
  return { id, title: `Task ${id} of the bench`, tags: [], blockedBy: [], line: 'none', wanted: true, ...nothing, ...change };
}

/** Adds a task that waits until tomorrow: as long as it exists, `run` stays and is idle. */
export async function keepUp(store: Store, repo: string): Promise<void> {
  const at = Date.now();
  await store.addRepo({ root: repo, at });
  await store.putTask({ repo, task: request('t999999', { wanted: false }), at });
  const task = await store.task({ repo, id: 't999999' });
  if (task === null) throw new Error('the task was not stored');
  await store.patchTask({ key: task.key, patch: { notBefore: at + 86_400_000, wanted: true }, at });
}

/** Does the same as `yardmaster add`. */
export async function addTask(store: Store, given: { readonly stage: Stage; readonly id: string }): Promise<void> {
  const { stage, id } = given;
  await store.putTask({ repo: stage.repo, task: request(id), at: Date.now() });
  await ring(stage.home.bell);
}
