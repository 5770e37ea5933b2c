// Defines the commands below `issues`.
import { buildCommand, buildRouteMap } from '@stricli/core';
import type { ResolveFlags, SyncFlags } from './commands/issues.ts';
import type { Field } from '../core/sync/fields.ts';
import type { CliContext } from './context.ts';
import { docs, json, oneId, repo } from './parameters.ts';

/** Not the list of the rules, which every other command would have to load as well. */
const fields: Field[] = ['title', 'body', 'state', 'assignee', 'tags', 'blockedBy'];

const dryRun = { kind: 'boolean', brief: 'Only show what would be done', optional: true } as const;

export const issues = buildRouteMap<string, CliContext>({
  routes: {
    sync: buildCommand<SyncFlags, [], CliContext>({
      loader: async () => (await import('./commands/issues.ts')).sync,
      parameters: { flags: { json, repo, dryRun } },
      docs: docs(
        'Makes TODO.md and the issues of the forge the same, from both sides',
        'yardmaster issues sync',
        'yardmaster issues sync --dry-run',
      ),
    }),
    pull: buildCommand<SyncFlags, [], CliContext>({
      loader: async () => (await import('./commands/issues.ts')).pull,
      parameters: { flags: { json, repo, dryRun } },
      docs: docs('Brings what was changed at the issues into TODO.md, and writes no issue', 'yardmaster issues pull'),
    }),
    push: buildCommand<SyncFlags, string[], CliContext>({
      loader: async () => (await import('./commands/issues.ts')).push,
      parameters: {
        flags: { json, repo, dryRun },
        positional: { kind: 'array', parameter: { brief: 'A task whose line becomes an issue', parse: String, placeholder: 'id' } },
      },
      docs: docs(
        'Brings what was changed in TODO.md to the issues; makes issues of the given tasks',
        'yardmaster issues push',
        'yardmaster issues push t12 t13',
      ),
    }),
    status: buildCommand<{ json?: boolean; repo?: string }, [], CliContext>({
      loader: async () => (await import('./commands/issues.ts')).status,
      parameters: { flags: { json, repo } },
      docs: docs(
        'Shows conflicts, and what waits for the next sync; changes nothing',
        'yardmaster issues status',
        'yardmaster issues status --json',
      ),
    }),
    resolve: buildCommand<ResolveFlags, [string], CliContext>({
      loader: async () => (await import('./commands/issues.ts')).resolve,
      parameters: {
        flags: {
          ...{ json, repo, dryRun },
          keep: { kind: 'enum', values: ['todo', 'issue'], brief: 'The side whose value is kept' },
          field: { kind: 'enum', values: fields, brief: 'Only this field (default: all that are in conflict)', optional: true },
        },
        positional: oneId,
      },
      docs: docs(
        'Settles the conflicts of a task for one side',
        'yardmaster issues resolve t12 --keep todo',
        'yardmaster issues resolve t12 --keep issue --field title',
      ),
    }),
  },
  docs: { brief: 'Keeps TODO.md and the issues of the forge the same' },
});
