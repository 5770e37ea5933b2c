// OpenCode as an agent.
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { providerCredentials } from '../../core/environment.ts';
import type { Agent } from '../../ports/agent.ts';
import { childSessions } from './children.ts';
import { opencodeCommand } from './command.ts';
import { opencodeEvents } from './events.ts';
import { opencodeOutcome } from './outcome.ts';
import { opencodeSurvey } from './survey.ts';

export const opencode: Agent = {
  facts: {
    name: 'opencode',
    rank: 1,
    providers: 'any',
    resumes: true,
    takesBudget: false,
    // It has no limit of turns: a looping model took 533 steps in a minute.
    takesTurns: false,
    memory: 650 * 2 ** 20,
  },
  survey: opencodeSurvey,
  command: opencodeCommand,
  events: opencodeEvents,
  outcome: opencodeOutcome,
  afterwards: (end) => Promise.resolve(childSessions(end)),
  version: (stdout) => /^(\d+\.\d+\.\d+\S*)$/m.exec(stdout.trim())?.[1] ?? null,
  async signedIn({ env, settings }) {
    const file = join(env['XDG_DATA_HOME'] ?? join(env['HOME'] ?? '/', '.local', 'share'), 'opencode', 'auth.json');
    const stored = await readFile(file, 'utf8').catch(() => '{}');
    if (stored.trim().length > 2) return { state: 'unknown', kind: 'auth.json' };
    const known = ['anthropic', 'openai', 'google', 'openrouter', 'xai', 'mistral', 'groq', 'deepseek'].flatMap(providerCredentials);
    const named = known.find((name) => (settings.env[name] ?? env[name] ?? '') !== '');
    if (named !== undefined) return { state: 'unknown', kind: named };
    return 'provider' in settings.config ? { state: 'unknown', kind: 'config' } : { state: 'none', kind: null };
  },
};
