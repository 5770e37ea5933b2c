// Where state and configuration live: YARDMASTER_HOME, else the XDG folders. A relative one is refused: it would be another
// folder for each folder that a command is called in.
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { Fault } from '../core/fault.ts';
import { homeFolders } from '../core/task/folder-names.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Home {
  /** Absolute. */
  readonly root: string;
  readonly database: string;
  /** One checkout per task, with a repository of its own, in which its workers work. */
  readonly worktrees: string;
  /** By the same names, the git folders through which we look at the checkouts; workers have no business there. */
  readonly readers: string;
  /** One folder per attempt: prompt, output, exit status. */
  readonly attempts: string;
  /** One private folder per task: the agent's own data, from which sessions are resumed. */
  readonly tasks: string;
  /** What a person trusted of the configurations of repositories. */
  readonly trust: string;
  /** There once everything that was registered before there was trust is trusted. */
  readonly trustBegun: string;
  /** Where checkouts and readers are moved to be deleted. */
  readonly trash: string;
  /** Touched by commands that change something a supervisor should see at once. */
  readonly bell: string;
}

/** Fault: `relative-home`. */
export function stateHome(env: Env): Home {
  const state = folderIn(env, 'XDG_STATE_HOME') ?? join(home(env), '.local', 'state');
  const root = resolve(folderIn(env, 'YARDMASTER_HOME') ?? join(state, 'yardmaster'));
  return {
    root,
    database: join(root, 'yardmaster.db'),
    worktrees: join(root, homeFolders.worktrees),
    readers: join(root, homeFolders.readers),
    attempts: join(root, homeFolders.attempts),
    tasks: join(root, homeFolders.tasks),
    trust: join(root, 'trust'),
    trustBegun: join(root, 'trust-begun'),
    trash: join(root, homeFolders.trash),
    bell: join(root, 'bell'),
  };
}

/** Fault: `relative-home`. */
export function userConfigFile(env: Env): string {
  return join(folderIn(env, 'XDG_CONFIG_HOME') ?? join(home(env), '.config'), 'yardmaster', 'config.yaml');
}

export function repositoryConfigFile(repo: string): string {
  return join(repo, 'yardmaster.yaml');
}

/** Of a configuration, in KiB. A map of some thousand keys is read in milliseconds. */
export const largestFile = 64;

/** The sources from which agents are configured: commands, MCP servers, permissions; and the roles of workers. */
export function userSources(env: Env): string {
  return join(dirname(userConfigFile(env)), 'agents');
}

export function repositorySources(repo: string): string {
  return join(repo, '.yardmaster');
}

function home(env: Env): string {
  return folderIn(env, 'HOME') ?? homedir();
}

/** An empty variable counts as unset, as the XDG specification says. */
function folderIn(env: Env, name: string): string | null {
  const value = env[name] ?? '';
  if (value === '') return null;
  if (isAbsolute(value)) return value;
  throw new Fault({
    code: 'relative-home',
    message: `${name} is a relative path: ${value}`,
    hint: 'give it an absolute path, or unset it',
  });
}
