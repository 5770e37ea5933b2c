// Processes that are told from all others by the odd time they sleep, and by nothing that we put there to find them:
// what a marker misses is seen here. Linux only.
import { onTestFinished } from 'vitest';
import { kill, sleeping } from './processes.ts';

export { agentOf, kill, sleeping, startTimeOf, workingBelow } from './processes.ts';

let given = 0;

/** A number of seconds that nobody else sleeps; whoever still does is ended with the test. */
export function oddSeconds(): number {
  given += 1;
  const seconds = Number(`${5_000_000 + process.pid}.${given}1`);
  onTestFinished(() => sleeping(seconds).forEach(kill));
  return seconds;
}
