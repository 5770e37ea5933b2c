/** The branch of another task, on which a task's own commits build. */
export interface StackedOn {
  readonly task: string;
  readonly branch: string;
}
