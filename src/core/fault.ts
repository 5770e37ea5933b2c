// The one error class of the program. A Fault's message says what is wrong, its hint what to do about it;
// its code is stable and may be scripted against. Outcomes that a caller must handle are values, not faults.

export interface FaultFacts {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

export class Fault extends Error {
  readonly code: string;
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
