// The one error class of the program. A Fault's message says what is wrong, its hint what to do about it;
// its code is one of a closed list that says what follows. Outcomes that a caller must handle are values, not faults.
import type { FaultCode } from './fault-codes.ts';

export interface FaultFacts {
  readonly code: FaultCode;
  readonly message: string;
  readonly hint: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

export class Fault extends Error {
  readonly code: FaultCode;
  readonly hint: string;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(facts: FaultFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'Fault';
    this.code = facts.code;
    this.hint = facts.hint;
    this.data = facts.data ?? {};
  }
}

/** For `catch`: null in place of a fault, or an error of the system, with one of these codes. Others stay errors. */
export function nullFor(...codes: readonly (FaultCode | 'ENOENT')[]): (error: unknown) => null {
  return (error) => {
    if (error instanceof Error && 'code' in error && codes.some((code) => code === error.code)) return null;
    throw error;
  };
}
