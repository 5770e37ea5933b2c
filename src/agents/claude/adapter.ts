// Claude Code as an agent.
import type { Agent } from '../../ports/agent.ts';
import { claudeAccounts, claudeCredential } from './accounts.ts';
import { clouds } from './clouds.ts';
import { claudeCommand } from './command.ts';
import { claudeEvents } from './events.ts';
import { claudeOwn } from './own-configuration.ts';
import { claudeOutcome } from './outcome.ts';

export const claude: Agent = {
  facts: {
    name: 'claude',
    rank: 2,
    providers: ['anthropic', ...clouds.map(({ provider }) => provider)],
    subscriptions: ['anthropic'],
    resumes: true,
    takesSession: true,
    takesBudget: true,
    takesTurns: true,
    memory: 250 * 2 ** 20,
  },
  advice: {
    signIn: 'run `claude` and sign in there (/login), or set a valid ANTHROPIC_API_KEY',
    unshared: '`claude setup-token` gives a sign-in of its own, for: yardmaster accounts add NAME --billing subscription',
  },
  // --strict-mcp-config keeps every configured server out, and credentials stay where they are.
  survey: () => Promise.resolve({ mcpServers: [], authFile: null }),
  command: claudeCommand,
  events: claudeEvents,
  outcome: claudeOutcome,
  // Its result includes its subagents.
  afterwards: () => Promise.resolve([]),
  version: (stdout) => /^(\d+\.\d+\.\d+\S*) \(Claude Code\)/m.exec(stdout)?.[1] ?? null,
  found: claudeAccounts,
  credential: claudeCredential,
  own: claudeOwn,
};
