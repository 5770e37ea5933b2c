// The same tasks by either of the real agents.
import { test } from 'vitest';
import { sameByEither } from '../support/either-agent.ts';
import { needsAgents } from '../support/skip-without.ts';

needsAgents('claude', 'opencode');

test('either real agent brings the same tasks to the same verdicts, states, branch names and files', async () => {
  const work = { bash: 'echo one > one.txt && git add -A && git commit -q -m "the work"' };
  await sameByEither({
    script: { t1: [{ say: 'Done.' }, work, { say: 'Done.' }], t2: [{ say: 'No change needed: it is so.' }] },
  });
});
