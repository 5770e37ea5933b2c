// Defines the commands about pull requests.
import { buildCommand } from '@stricli/core';
import type { PrFlags } from './commands/pr.ts';
import type { CliContext } from './context.ts';
import { docs, json, oneId, repo, someIds } from './parameters.ts';

export const pr = buildCommand<PrFlags, [string?], CliContext>({
  loader: async () => (await import('./commands/pr.ts')).pr,
  parameters: {
    flags: { json, repo, all: { kind: 'boolean', brief: 'Those of all registered repositories', optional: true } },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'The task, such as t12 (default: all that have one)', parse: String, placeholder: 'id', optional: true }],
    },
  },
  docs: docs('Shows pull requests: checks, reviews, and what each waits for', 'yardmaster pr', 'yardmaster pr t12', 'yardmaster pr --json'),
});

export const open = buildCommand<{ repo?: string; print?: boolean }, [string], CliContext>({
  loader: async () => (await import('./commands/pr.ts')).open,
  parameters: {
    flags: { repo, print: { kind: 'boolean', brief: 'Only print the address', optional: true } },
    positional: oneId,
  },
  docs: docs('Opens a task’s pull request in the browser', 'yardmaster open t12', 'yardmaster open t12 --print'),
});

export const merge = buildCommand<{ json?: boolean; repo?: string }, string[], CliContext>({
  loader: async () => (await import('./commands/pr.ts')).merge,
  parameters: { flags: { json, repo }, positional: someIds },
  docs: docs(
    'Merges the pull requests of tasks, as they are now, once their checks are green; without a forge, their branches',
    'yardmaster merge t12',
    'yardmaster merge t12 t13',
  ),
});
