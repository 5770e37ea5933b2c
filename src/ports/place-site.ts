// What a task works in, told as its worker sees it, which may be with other paths and on another file system than the
// supervisor's. Commands are built from it, and what an agent has there is read through it and in no other way.
import type { Env } from '../core/security/environment.ts';

/** Absolute folders as the supervisor sees them. */
export interface SiteRequest {
  /** For what belongs to no task: any folder that there is. */
  readonly checkout: string;
  /** Of the agent alone (0700), for as long as the task lives: sessions are resumed from it. Made when a file is laid in it. */
  readonly taskFolder: string;
  /** For files that may hold secrets: it goes with the worker's end. Made when a file is laid in it. */
  readonly privateFolder: string;
  /** The supervisor's environment. */
  readonly env: Env;
}

/** What a command is built from. The folders are those of the request, absolute, as the worker sees them. */
export interface SiteFacts extends Pick<SiteRequest, 'checkout' | 'taskFolder' | 'privateFolder'> {
  /**
   * Commands take only listed names of it. It is the supervisor's, which references of the configuration are about, but
   * with the place's own values (`PATH`, `HOME`, …) where the place has its own.
   */
  readonly env: Env;
  /** 0 where the worker runs as root. */
  readonly uid: number;
}

/** A program as the configuration names it: a path or a bare name, and the variables that it is started with. */
export interface Program {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/** All paths are those that the worker sees. Each question faults with `place-unreachable`. */
export interface PlaceSite extends SiteFacts {
  /** The absolute path at which the worker would find the program; null: it would find none. */
  find(program: Program): Promise<string | null>;
  /** Null: there is no such file, or it cannot be read. */
  text(path: string): Promise<string | null>;
  /**
   * Calls `use` with a path at which this process can open the file, and with it those that SQLite keeps beside a
   * database; it is good until `use` returns. Null: there is no such file.
   */
  open<T>(path: string, use: (here: string) => T): Promise<T | null>;
}
