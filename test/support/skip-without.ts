// What the tests of a file or block cannot run without: they are skipped with the reason where it is missing.
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

/** `why`: what is asked of Linux alone. */
export function needsLinux(why: string): void {
  needs(process.platform === 'linux' ? null : why);
}

/** For processes whose wall clock is shifted as a whole: shifting `Date.now` alone leaves native code and child processes out. */
export function needsLibfaketime(): void {
  const missing = "libfaketime is not there, which shifts the clock of a whole process (Debian's package faketime)";
  needs(libfaketime() === null ? missing : null);
}
