// The forms of commands that are written for OpenCode, read by the real one.
import { test } from 'vitest';
import { needsAgents } from '../support/skip-without.ts';
import { actsOnNothing, givesArguments } from '../support/agent-command-forms.ts';

needsAgents('opencode');

test('a command receives each of its arguments separately', () => givesArguments('opencode'));

test('nothing in the text of a command is executed or replaced', () => actsOnNothing('opencode'));
