// Conditions that the tests of a file or block need: if one is missing, they are skipped with the reason.
import { beforeEach } from 'vitest';
import { libfaketime } from './faketime.ts';
import { agentBinary, missingAgent, type AgentName } from './agents.ts';

function needs(missing: string | null): void {
  beforeEach(({ skip }) => {
    if (missing !== null) skip(missing);
  });
}

export function needsAgents(...names: readonly AgentName[]): void {
  const missing = names.find((name) => agentBinary(name) === null);
  needs(missing === undefined ? null : missingAgent(missing));
}

/** `why`: the reason for which only Linux will do. */
export function needsLinux(why: string): void {
  needs(process.platform === 'linux' ? null : why);
}

/**
 * Skips tests of processes whose wall clock is shifted as a whole if libfaketime is missing: shifting `Date.now` alone does
 * not reach native code and child processes.
 */
export function needsLibfaketime(): void {
  const missing = "libfaketime, which shifts the clock of a whole process, is not installed (Debian's package faketime)";
  needs(libfaketime() === null ? missing : null);
}
