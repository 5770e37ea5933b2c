// Colours text if the screen supports it.
import type { TaskState } from '../core/task/task.ts';
import { colour } from '../lib/visible.ts';
import type { Screen } from './context.ts';

export interface Paint {
  readonly state: (state: TaskState) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly bad: (text: string) => string;
  /** For what an agent does. */
  readonly act: (text: string) => string;
  readonly good: (text: string) => string;
}

export function paint(screen: Screen): Paint {
  const tone =
    (on: number, off: number) =>
    (text: string): string =>
      screen.colour ? `${colour(on)}${text}${colour(off)}` : text;
  const [bold, dim] = [tone(1, 22), tone(2, 22)];
  const [red, green, yellow, cyan] = [tone(31, 39), tone(32, 39), tone(33, 39), tone(36, 39)];
  const ofState: Readonly<Record<TaskState, (text: string) => string>> = {
    queued: dim,
    running: cyan,
    delivered: green,
    done: green,
    blocked: yellow,
    failed: red,
    cancelled: dim,
  };
  return { state: (state) => ofState[state](state), dim, bold, bad: red, act: cyan, good: green };
}
