// A command as an agent composes it and a place executes it.

/**
 * A file to be written before the start, with mode 0600, in one of the site's private folders. It contains the text itself,
 * or one entry of a JSON file that contains a map. Paths are those that the worker sees.
 */
export interface LaidFile {
  readonly path: string;
  readonly content: string | { readonly copyOf: string; readonly entry: string };
}

export interface CommandSpec {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: {
    /** The whole environment of the process: it is constructed, not inherited. */
    readonly set: Readonly<Record<string, string>>;
    /** Names that must not reach the process although they are in the supervisor's environment. */
    readonly unset: readonly string[];
    /** The names in `set` whose values are secrets. */
    readonly secret: readonly string[];
  };
  /** Written to standard input, which is then closed; null: standard input is empty. */
  readonly stdin: string | null;
  readonly cwd: string;
  readonly files: readonly LaidFile[];
}
