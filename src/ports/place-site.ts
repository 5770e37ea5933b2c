// The surroundings of a task as its worker sees them, which may have other paths and another file system than the
// supervisor's. Commands are built from it, and an agent's files there are read only through it.
import type { Env } from '../core/security/environment.ts';

/** Absolute folders as the supervisor sees them. */
export interface SiteRequest {
  /** For an action that belongs to no task: any existing folder. */
  readonly checkout: string;
  /**
   * Private to the agent (0700), for as long as the task lives, because sessions are resumed from it. Created when a file
   * is written into it.
   */
  readonly taskFolder: string;
  /**
   * For files that may contain secrets: it is removed when the worker has ended. Created when a file is written into it.
   */
  readonly privateFolder: string;
  /** The supervisor's environment. */
  readonly env: Env;
}

/** The facts from which a command is built. The folders are those of the request, absolute, as the worker sees them. */
export interface SiteFacts extends Pick<SiteRequest, 'checkout' | 'taskFolder' | 'privateFolder'> {
  /**
   * Commands use only listed names of it. It is the supervisor's, to which references of the configuration refer, except
   * that the place's own values (`PATH`, `HOME`, …) replace the supervisor's if the place has any.
   */
  readonly env: Env;
  /** 0 if the worker runs as root. */
  readonly uid: number;
}

/** A program as the configuration names it: a path or a bare name, and the variables with which it is started. */
export interface Program {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * All paths are those that the worker sees. Each function throws the fault `place-unreachable` if its place is out of
 * reach.
 */
export interface PlaceSite extends SiteFacts {
  /** The absolute path at which the worker would find the program; null if it would find none. */
  find(program: Program): Promise<string | null>;
  /** Null if there is no such file, or if it cannot be read. */
  text(path: string): Promise<string | null>;
  /**
   * Calls `use` with a path at which this process can open the file, and beside it the files that SQLite keeps with a
   * database. The path is valid until `use` returns. Null if there is no such file.
   */
  open<T>(path: string, use: (here: string) => T): Promise<T | null>;
}
