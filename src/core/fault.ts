// The one error class of the program. A Fault's message says what is wrong, and its hint what to do about it. Its code
// comes from a closed list that says what follows. Outcomes that a caller must handle are values, not faults.
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

/**
 * For `catch`: answers null if the error is a fault or a system error with one of these codes, and throws it again
 * otherwise.
 */
export function nullFor(...codes: readonly (FaultCode | 'ENOENT')[]): (error: unknown) => null {
  return (error) => {
    if (error instanceof Error && 'code' in error && codes.some((code) => code === error.code)) return null;
    throw error;
  };
}
