// What setup wrote, in sessions of both real agents, and seen by both in a repository.
import { expect, test } from 'vitest';
import { deploysInto, openProject, sessionsHaveIt, stateOf, type Parity } from '../support/agent-configuration.ts';
import { needsAgents } from '../support/skip-without.ts';

needsAgents('claude', 'opencode');

test('the agents’ own sessions list the command with its arguments, and the server', async () => {
  await sessionsHaveIt(['claude', 'opencode']);
});

test('both agents see what a repository’s source became', async () => {
  const yard = await openProject();
  await deploysInto(yard);
  const parity = await yard.json<Parity>('parity', '--project');
  expect(parity.drift).toBe(false);
  expect(stateOf(parity, 'ship')).toEqual({ opencode: 'same', claude: 'same' });
});
