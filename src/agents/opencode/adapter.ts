// The adapter for OpenCode.
import type { Agent } from '../../ports/agent.ts';
import { opencodeAccounts } from './accounts.ts';
import { childSessions } from './children.ts';
import { opencodeCommand } from './command.ts';
import { opencodeEvents } from './events.ts';
import { opencodeOwn } from './own-configuration.ts';
import { opencodeOutcome } from './outcome.ts';
import { opencodeSurvey } from './survey.ts';

export const opencode = {
  facts: {
    name: 'opencode',
    rank: 1,
    providers: 'any',
    // It may use a plan that it signed in to itself.
    subscriptions: [],
    // It has no limit of turns: a looping model made 533 steps in a minute.
    takesTurns: false,
    memory: 650 * 2 ** 20,
  },
  command: opencodeCommand,
  events: opencodeEvents,
  outcome: opencodeOutcome,
  version: (stdout) => /^(\d+\.\d+\.\d+\S*)$/m.exec(stdout.trim())?.[1] ?? null,
  sessions: { chosen: false, attach: opencodeCommand },
  plans: null,
  accounts: {
    advice: {
      signIn: 'run `opencode auth login`, or set a valid key of the provider',
      unshared: 'let one worker at a time use it (limits.perAccount), or use a key: yardmaster accounts add NAME --provider PROVIDER',
    },
    found: opencodeAccounts,
    credential: null,
  },
  survey: opencodeSurvey,
  afterwards: childSessions,
  own: opencodeOwn,
} satisfies Agent;
