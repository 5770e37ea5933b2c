// What a preparation is given, and how it ends if the worker is not started.
import type { Said } from '../../core/reason/said.ts';
import { saidText } from '../../core/reason/said-words.ts';
import type { Attempt, Lease } from '../../core/task/attempt.ts';
import type { FailureKind } from '../../core/task/failure.ts';
import type { Settings } from '../../core/settings.ts';
import type { Task } from '../../core/task/task.ts';

export interface Claimed {
  readonly task: Task;
  readonly attempt: Attempt;
  readonly lease: Lease;
  readonly signal: AbortSignal;
}

/** A claimed attempt with the facts that its preparation reads once. */
export interface Preparing extends Claimed {
  readonly settings: Settings;
  /** The task's attempts before this one, oldest first. */
  readonly earlier: readonly Attempt[];
}

/** Ends the preparation with a failure of the closed list. */
export class Unprepared extends Error {
  readonly kind: FailureKind;

  readonly said: Said;

  constructor(kind: FailureKind, said: Said) {
    super(saidText(said));
    this.kind = kind;
    this.said = said;
  }
}
