// The repository's task list as a file.

export interface TodoMarks {
  readonly from: string;
  readonly to: string;
}

export interface TodoFile {
  /** The mark of the file as it is now, without reading it; null if there is none. */
  mark(path: string): string | null;
  /**
   * The text, and a mark that changes whenever the file does; null if there is none. A file that is not UTF-8 is a Fault
   * `todo-unreadable`.
   */
  read(path: string): Promise<{ readonly text: string; readonly mark: string } | null>;
  /**
   * Reads, edits, and replaces the file atomically, and keeps its mode; repeated if somebody else wrote in between. `edit`
   * returns the new text, or null to leave the file unchanged. Returns whether it was changed; `replaced` receives its
   * marks before and after, in the same turn in which the file is replaced.
   */
  edit(path: string, edit: (text: string) => string | null, replaced?: (marks: TodoMarks) => void): Promise<boolean>;
  /** Removes files that killed editors left beside the list, if no further edit does so. Never rejects. */
  tidy(path: string): Promise<void>;
  /** A task's brief (`todo/tasks/<id>-brief.md` below the root); null if there is none. */
  brief(root: string, id: string): Promise<string | null>;
  /**
   * Replaces a task's brief, or makes it where `from` is null. False, and nothing is written, if it no longer has the text
   * `from`. Faults: `todo-unwritable`.
   */
  setBrief(given: { readonly root: string; readonly id: string; readonly from: string | null; readonly text: string }): Promise<boolean>;
  /**
   * The text of a file that a line links, at this path below the root; null if it is not a small text file there, or if a
   * symbolic link leads out of the repository.
   */
  linked(given: { readonly root: string; readonly path: string }): Promise<string | null>;
  /** Writes a brief that does not exist yet; returns its path. Faults: `todo-unwritable`, also if it exists. */
  writeBrief(given: { readonly root: string; readonly id: string; readonly text: string }): Promise<string>;
}
