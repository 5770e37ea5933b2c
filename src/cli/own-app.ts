// Defines the commands by which one source becomes every agent's own configuration.
import { buildCommand } from '@stricli/core';
import type { SetupFlags } from './commands/setup.ts';
import type { ParityFlags } from './commands/parity.ts';
import type { TrustFlags } from './commands/trust.ts';
import type { CliContext } from './context.ts';
import { docs, json, list, repo } from './parameters.ts';

const project = {
  kind: 'boolean',
  brief: 'This repository’s configuration, from its .yardmaster/ (default: yours)',
  optional: true,
} as const;
const agent = list('Only this agent; may be repeated', 'name');
const yes = { kind: 'boolean', brief: 'Write without asking', optional: true } as const;
const dryRun = { kind: 'boolean', brief: 'Show the changes as a patch; change nothing', optional: true } as const;

export const trust = buildCommand<TrustFlags, [], CliContext>({
  loader: async () => (await import('./commands/trust.ts')).trustHere,
  parameters: {
    flags: {
      json,
      show: { kind: 'boolean', brief: 'Show what needs your trust; change nothing', optional: true },
      revoke: { kind: 'boolean', brief: 'Withdraw your trust', optional: true },
      yes,
      repo,
    },
  },
  docs: docs(
    'Lets this repository’s configuration name programs, variables, accounts and notices, as it is now; shows it and asks first',
    'yardmaster trust --show',
    'yardmaster trust',
  ),
});

export const setup = buildCommand<SetupFlags, [], CliContext>({
  loader: async () => (await import('./commands/setup.ts')).setup,
  parameters: { flags: { json, yes, dryRun, project, agent } },
  docs: docs(
    'Gives every installed agent your commands, MCP servers and permissions; leaves everything else in their configurations alone',
    'yardmaster setup',
    'yardmaster setup --dry-run',
    'yardmaster setup --yes --agent claude',
  ),
});

export const update = buildCommand<Omit<SetupFlags, 'yes'>, [], CliContext>({
  loader: async () => (await import('./commands/setup.ts')).update,
  parameters: { flags: { json, dryRun, project, agent } },
  docs: docs('Brings up to date what `setup` wrote', 'yardmaster update'),
});

export const uninstall = buildCommand<Omit<SetupFlags, 'project'>, [], CliContext>({
  loader: async () => (await import('./commands/setup.ts')).uninstall,
  parameters: { flags: { json, yes, dryRun, agent } },
  docs: docs('Removes everything that `setup` wrote and nobody changed', 'yardmaster uninstall --dry-run', 'yardmaster uninstall --yes'),
});

export const parity = buildCommand<ParityFlags, [], CliContext>({
  loader: async () => (await import('./commands/parity.ts')).parity,
  parameters: {
    flags: {
      json,
      fix: { kind: 'boolean', brief: 'Bring up to date what drifted, except your own entries', optional: true },
      project,
      agent,
    },
  },
  docs: docs(
    'Shows which of your commands, MCP servers and permissions each agent has, side by side',
    'yardmaster parity',
    'yardmaster parity --fix',
  ),
});
