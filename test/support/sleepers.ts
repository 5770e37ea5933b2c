// Processes that are recognized only by the odd time for which they sleep, so that a test also finds those that a marker
// misses. Linux only.
import { onTestFinished } from 'vitest';
import { kill, sleeping } from './processes.ts';

export { agentOf, kill, sleeping, startTimeOf, workingBelow } from './processes.ts';

let given = 0;

/** A number of seconds for which nobody else sleeps; processes that still do are ended with the test. */
export function oddSeconds(): number {
  given += 1;
  const seconds = Number(`${5_000_000 + process.pid}.${given}1`);
  onTestFinished(() => sleeping(seconds).forEach(kill));
  return seconds;
}
