// Every end of both real agents, whose shell tool left servers behind, and of the scripted one without PID namespaces: nothing of theirs
// is left, and a person's own sessions go on.
import { test } from 'vitest';
import { nothingSurvives } from '../support/ends-of-workers.ts';
import { cancelledOrTakenOver, endedFromOutside } from '../support/processes-left-behind.ts';
import { needsAgents, needsLinux } from '../support/skip-without.ts';

needsLinux('sleepers are looked for in /proc');
needsAgents('claude', 'opencode');

test('after TERM or KILL of the real agent, what its shell tool left is found by the marker and ended, and a person’s sessions go on', async ({
  signal,
}) => {
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

test('nothing is left of real agents that were cancelled, or that ended under the supervisor which took them over', async ({ signal }) => {
  await cancelledOrTakenOver({ cancelled: ['claude', 'opencode'], takenOver: ['claude', 'opencode'], signal });
});

test('nothing survives any kind of end of the scripted agent without PID namespaces', () => nothingSurvives('off'));
