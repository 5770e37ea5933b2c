// The versions of both agents before the pinned ones. They take 0.6 GB, so no clone has them until a test of the lane
// `full` asks for them; then npm fetches exactly the locked versions, checked against their integrity, into a separate
// folder.
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach } from 'vitest';
import { agentBinary, agentNames, missingAgent } from './agents.ts';
import { fetchLocked } from './fetch-locked.ts';

const folder = fileURLToPath(new URL('../older-agents/', import.meta.url));

/** May be used by one test file only, because two files that fetch at the same time would delete each other's folder. */
export function needsOlderAgents(): void {
  let missing: string | null = null;
  beforeAll(async () => {
    const failed = await fetchLocked({ folder, what: 'the older agents' });
    missing = failed ?? agentNames.filter((name) => agentBinary(name, 'older') === null).map(missingAgent)[0] ?? null;
  });
  beforeEach(({ skip }) => {
    if (missing !== null) skip(missing);
  });
}
