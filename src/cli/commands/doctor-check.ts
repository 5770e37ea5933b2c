// What `doctor` reports of one thing that it looked at.
import { faultOf } from '../../core/system-fault.ts';

export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'broken';
  readonly found: string;
  /** Null if nothing has to be done. */
  readonly todo: string | null;
}

export function broken(name: string, error: unknown): Check {
  const fault = faultOf(error);
  const found = fault?.message ?? (error instanceof Error ? error.message : String(error));
  return { name, state: 'broken', found, todo: fault?.hint ?? 'run yardmaster doctor again; if the problem remains, please report it' };
}
