// Every end of both real agents, whose shell tool left servers behind: nothing of theirs is left, and a person's own sessions go on.
import { test } from 'vitest';
import { cancelledOrTakenOver, endedFromOutside } from '../support/processes-left-behind.ts';
import { needsAgents, needsLinux } from '../support/skip-without.ts';

needsLinux('sleepers are looked for in /proc');
needsAgents('claude', 'opencode');

test('TERM and KILL of the agent, by the marker alone; a person’s own sessions beside them', async ({ signal }) => {
  await endedFromOutside({
    workers: [
      ['claude', 'SIGTERM'],
      ['claude', 'SIGKILL'],
      ['opencode', 'SIGTERM'],
      ['opencode', 'SIGKILL'],
    ],
    persons: ['claude', 'opencode'],
    signal,
  });
});

test('cancelled; and at their own end under the supervisor that took them over from a killed one', async ({ signal }) => {
  await cancelledOrTakenOver({ cancelled: ['claude', 'opencode'], takenOver: ['claude', 'opencode'], signal });
});
