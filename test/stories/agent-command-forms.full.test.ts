// The forms of commands that are written for OpenCode, read by the real one.
import { test } from 'vitest';
import { needsAgents } from '../support/skip-without.ts';
import { actsOnNothing, givesArguments } from '../support/agent-command-forms.ts';

needsAgents('opencode');

test('gives a command its arguments, each by itself', () => givesArguments('opencode'));

test('acts on nothing in the text of a command', () => actsOnNothing('opencode'));
