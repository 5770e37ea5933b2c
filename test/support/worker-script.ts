// How a worker behaves in the contract of places and in tests with the place in memory: step after step.
import type { Stream } from '../../src/ports/place.ts';

export type WorkerStep =
  | { readonly say: string; readonly to?: Stream }
  /** What it was given on its standard input, on its output. */
  | { readonly repeat: 'input' }
  /** Until the test allows it. */
  | { readonly waitFor: string }
  /** Starts a process in a session of its own that goes on after the worker's end; a deaf one ignores TERM. */
  | { readonly leave: 'heeding' | 'deaf' }
  /** From here on; at first TERM ends it. */
  | { readonly onTerm: 'ignore' | { readonly say: string; readonly exit: number } }
  | { readonly exit: number }
  | { readonly die: 'SIGKILL' | 'SIGABRT' }
  | { readonly hang: true };
