// A command as an agent composes it and a place executes it.

/**
 * A file to be laid before the start, 0600, in one of the site's private folders; the text itself, or of a JSON file that
 * holds a map the one entry. Paths are those that the worker sees.
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
    /** Names that must not reach it although they stand in the supervisor's environment. */
    readonly unset: readonly string[];
    /** Those names in `set` whose values are secrets. */
    readonly secret: readonly string[];
  };
  /** Written to standard input, which is then closed; null: standard input is empty. */
  readonly stdin: string | null;
  readonly cwd: string;
  readonly files: readonly LaidFile[];
}
