// The folders of state and configuration: YARDMASTER_HOME, else the XDG folders. Relative paths are refused, because they
// would mean another folder for each folder that a command is called in.
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { Fault } from '../core/fault.ts';
import { homeFolders } from '../core/task/folder-names.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Home {
  /** An absolute path. */
  readonly root: string;
  readonly database: string;
  /** One checkout per task, with a repository of its own, in which its workers work. */
  readonly worktrees: string;
  /** The git folders through which we read these checkouts, under the same names. Workers never use them. */
  readonly readers: string;
  /** One folder per attempt: prompt, output, exit status. */
  readonly attempts: string;
  /** One private folder per task with the agent's own data, from which sessions are resumed. */
  readonly tasks: string;
  /** The versions of repositories' configurations that a person trusted. */
  readonly trust: string;
  /** A file that exists once every repository that was registered before trust was introduced has been trusted. */
  readonly trustBegun: string;
  /** Where checkouts and readers are moved before they are deleted. */
  readonly trash: string;
  /** Commands touch this file when they change something that a supervisor should notice at once. */
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

/** The largest size of a configuration, in KiB. A map of about a thousand keys is read in milliseconds. */
export const largestFile = 64;

/** The folder with the person's commands, MCP servers and permissions for agents, and the roles of workers. */
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
    hint: 'set it to an absolute path, or unset it',
  });
}
