// Colour, where the screen may have it.
import pc from 'picocolors';
import type { TaskState } from '../core/task.ts';
import type { Screen } from './context.ts';

export interface Paint {
  readonly state: (state: TaskState) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly bad: (text: string) => string;
  /** What an agent does. */
  readonly act: (text: string) => string;
  readonly good: (text: string) => string;
}

export function paint(screen: Screen): Paint {
  const colours = pc.createColors(screen.colour);
  const ofState: Readonly<Record<TaskState, (text: string) => string>> = {
    queued: colours.dim,
    running: colours.cyan,
    delivered: colours.green,
    done: colours.green,
    blocked: colours.yellow,
    failed: colours.red,
    cancelled: colours.dim,
  };
  return {
    state: (state) => ofState[state](state),
    dim: colours.dim,
    bold: colours.bold,
    bad: colours.red,
    act: colours.cyan,
    good: colours.green,
  };
}
