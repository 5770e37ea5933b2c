// Claude Code as an agent.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Agent } from '../../ports/agent.ts';
import { claudeCommand, claudeCredentials } from './command.ts';
import { claudeEvents } from './events.ts';
import { claudeOutcome } from './outcome.ts';

export const claude: Agent = {
  facts: {
    name: 'claude',
    rank: 2,
    providers: ['anthropic'],
    resumes: true,
    takesBudget: true,
    takesTurns: true,
    memory: 250 * 2 ** 20,
  },
  // --strict-mcp-config keeps every configured server out, and credentials stay where they are.
  survey: () => Promise.resolve({ mcpServers: [], authFile: null }),
  command: claudeCommand,
  events: claudeEvents,
  outcome: claudeOutcome,
  // Its result includes its subagents.
  afterwards: () => Promise.resolve([]),
  version: (stdout) => /^(\d+\.\d+\.\d+\S*) \(Claude Code\)/m.exec(stdout)?.[1] ?? null,
  async signedIn({ env, settings }) {
    const named = claudeCredentials.find((name) => (settings.env[name] ?? env[name] ?? '') !== '');
    if (named !== undefined) return { state: 'unknown', kind: named };
    const home = env['CLAUDE_CONFIG_DIR'] ?? join(env['HOME'] ?? '/', '.claude');
    const file = join(home, '.credentials.json');
    const there = await access(file).then(
      () => true,
      () => false,
    );
    if (there) return { state: 'unknown', kind: 'sign-in' };
    // On macOS it keeps its sign-in in the keychain, where looking would ask the person for leave.
    return process.platform === 'darwin' ? { state: 'unknown', kind: 'keychain' } : { state: 'none', kind: null };
  },
};
