// The adapter for Claude Code.
import { hour } from '../../core/time.ts';
import type { Agent } from '../../ports/agent.ts';
import { claudeAccounts, claudeCredential } from './accounts.ts';
import { clouds } from './clouds.ts';
import { claudeCommand } from './command.ts';
import { claudeEvents } from './events.ts';
import { claudeOwn } from './own-configuration.ts';
import { claudeOutcome } from './outcome.ts';

export const claude = {
  facts: {
    name: 'claude',
    rank: 2,
    providers: ['anthropic', ...clouds.map(({ provider }) => provider)],
    subscriptions: ['anthropic'],
    takesTurns: true,
    memory: 250 * 2 ** 20,
  },
  command: claudeCommand,
  events: claudeEvents,
  outcome: claudeOutcome,
  version: (stdout) => /^(\d+\.\d+\.\d+\S*) \(Claude Code\)/m.exec(stdout)?.[1] ?? null,
  sessions: { chosen: true, attach: claudeCommand },
  plans: {
    token: {
      why: 'A Claude plan is used through a long-lived token of its own, so that no other process can sign it out.',
      command: 'claude setup-token',
    },
    windows: { five_hour: 5 * hour, seven_day: 7 * 24 * hour },
  },
  accounts: {
    advice: {
      signIn: 'run `claude` and sign in there (/login), or set a valid ANTHROPIC_API_KEY',
      unshared: 'run `claude setup-token` to get a sign-in of its own for: yardmaster accounts add NAME --billing subscription',
    },
    found: claudeAccounts,
    credential: claudeCredential,
  },
  // --strict-mcp-config keeps every configured server out, and credentials stay in their files.
  survey: null,
  // Its result already includes its subagents.
  afterwards: null,
  own: claudeOwn,
} satisfies Agent;
