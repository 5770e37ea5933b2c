// An agent that was updated after its configuration was written, with two real versions of each. The fast lane has no other
// version of an agent, so this is the only proof that the difference is told and mended.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentBinary } from '../support/agents.ts';
import { needsAgents } from '../support/skip-without.ts';
import { needsOlderAgents } from '../support/older-agents.ts';
import { openYard } from '../support/yard.ts';

needsAgents('claude', 'opencode');
needsOlderAgents();

test('parity reports and repairs the drift after both agents were updated to another version', async () => {
  const paths = { claude: agentBinary('claude', 'older')!, opencode: agentBinary('opencode', 'older')! };
  const yard = await openYard({
    todo: '',
    script: { default: [{ say: 'Done.' }] },
    choose: () => 'default',
    remote: false,
    paths: () => paths,
  });
  expect((await yard.run('setup', '--yes')).code).toBe(0);
  const config = readFileSync(join(yard.repo, 'yardmaster.yaml'), 'utf8');
  const updated = config.replace(paths.claude, agentBinary('claude')!).replace(paths.opencode, agentBinary('opencode')!);
  yard.write(join(yard.repo, 'yardmaster.yaml'), updated);
  const drift = await yard.run('parity');
  expect(drift.code).toBe(1);
  expect(drift.stderr).toMatch(/^opencode: updated since it was set up: 1\.18\.27 → 1\.18\.33$/m);
  expect(drift.stderr).toMatch(/^claude: updated since it was set up: 2\.1\.197 → 2\.1\.330$/m);
  const fixed = await yard.run('parity', '--fix');
  expect(fixed.stderr).toBe('');
  expect(fixed.code).toBe(0);
});
