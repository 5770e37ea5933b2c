// The repository's task list as a file.

export interface TodoMarks {
  readonly from: string;
  readonly to: string;
}

export interface TodoFile {
  /** The mark of the file as it is now, without reading it; null when there is none. */
  mark(path: string): string | null;
  /** The text and a mark that changes when the file does; null when there is none. Bytes that are no UTF-8 are a Fault `todo-unreadable`. */
  read(path: string): Promise<{ readonly text: string; readonly mark: string } | null>;
  /**
   * Reads, edits, and replaces the file atomically with its mode kept; tried again when somebody else wrote in between.
   * `edit` answers the new text, or null to leave the file alone. Answers whether it was changed;
   * `replaced` is told its marks before and after, in the same turn in which the file is replaced.
   */
  edit(path: string, edit: (text: string) => string | null, replaced?: (marks: TodoMarks) => void): Promise<boolean>;
  /** Takes away what killed editors left beside the file, where no other edit comes that would do it. Never rejects. */
  tidy(path: string): Promise<void>;
  /** A task's brief (`todo/tasks/<id>-brief.md` below the root), null when there is none. */
  brief(root: string, id: string): Promise<string | null>;
  /** Writes a brief that is not there yet; answers its path. Faults: `todo-unwritable`, also where there is one. */
  writeBrief(given: { readonly root: string; readonly id: string; readonly text: string }): Promise<string>;
}
