// The behaviour of a worker, step by step, in the contract of places and in tests with the place in memory.
import type { Stream } from '../../src/ports/place.ts';

export type WorkerStep =
  | { readonly say: string; readonly to?: Stream }
  /** Prints what it was given on its standard input. */
  | { readonly repeat: 'input' }
  /** Waits until the test allows it. */
  | { readonly waitFor: string }
  /** Starts a process in a session of its own that continues after the worker's end; a `deaf` one ignores TERM. */
  | { readonly leave: 'heeding' | 'deaf' }
  /** Sets the reaction to TERM from now on; at first TERM ends the worker. */
  | { readonly onTerm: 'ignore' | { readonly say: string; readonly exit: number } }
  | { readonly exit: number }
  | { readonly die: 'SIGKILL' | 'SIGABRT' }
  | { readonly hang: true };
