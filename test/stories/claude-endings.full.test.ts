// The real Claude Code through every ending that the scripted model can give it.
import { test } from 'vitest';
import { claudeEndings, claudeToldTruly } from '../support/claude-endings.ts';
import { needsAgents } from '../support/skip-without.ts';

needsAgents('claude');

test('every ending of the real Claude Code gets the right verdict', async () => {
  await claudeToldTruly(Object.keys(claudeEndings) as (keyof typeof claudeEndings)[]);
});
