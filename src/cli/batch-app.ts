// Defines the commands below `batch`.
import { buildCommand, buildRouteMap } from '@stricli/core';
import type { CliContext } from './context.ts';
import { concurrency, docs, json, list, repo, text } from './parameters.ts';

const batchName = { brief: 'The batch', parse: String, placeholder: 'name' } as const;
const oneBatch = { kind: 'tuple', parameters: [batchName] } as const;

const batchAndIds = {
  kind: 'array',
  parameter: { brief: 'The batch, then its new tasks', parse: String, placeholder: 'name id' },
  minimum: 2,
} as const;

export const batch = buildRouteMap<string, CliContext>({
  routes: {
    create: buildCommand<{ json?: boolean; concurrency?: number; mcp?: readonly string[]; role?: string }, [string], CliContext>({
      loader: async () => (await import('./commands/batch.ts')).create,
      parameters: {
        flags: {
          json,
          concurrency,
          mcp: list('An MCP server for those of its tasks that name none; may be repeated', 'name'),
          role: text('The role for those of its tasks that name none', 'name'),
        },
        positional: oneBatch,
      },
      docs: docs('Creates a batch', 'yardmaster batch create release --concurrency 3', 'yardmaster batch create docs --mcp context7'),
    }),
    add: buildCommand<{ json?: boolean; repo?: string }, string[], CliContext>({
      loader: async () => (await import('./commands/batch.ts')).add,
      parameters: { flags: { json, repo }, positional: batchAndIds },
      docs: docs('Puts tasks into a batch; they are then started without #auto-dispatch as well', 'yardmaster batch add release t1 t2 t3'),
    }),
    show: buildCommand<{ json?: boolean }, [string], CliContext>({
      loader: async () => (await import('./commands/batch.ts')).show,
      parameters: { flags: { json }, positional: oneBatch },
      docs: docs('Shows a batch with its tasks', 'yardmaster batch show release'),
    }),
    list: buildCommand<{ json?: boolean }, [], CliContext>({
      loader: async () => (await import('./commands/batch.ts')).list,
      parameters: { flags: { json } },
      docs: docs('All batches', 'yardmaster batch list'),
    }),
    pause: buildCommand<{ json?: boolean }, [string], CliContext>({
      loader: async () => (await import('./commands/batch.ts')).pause,
      parameters: { flags: { json }, positional: oneBatch },
      docs: docs('Pauses a batch: no more of its tasks are started; running ones go on', 'yardmaster batch pause release'),
    }),
    resume: buildCommand<{ json?: boolean }, [string], CliContext>({
      loader: async () => (await import('./commands/batch.ts')).resume,
      parameters: { flags: { json }, positional: oneBatch },
      docs: docs('Resumes a paused batch', 'yardmaster batch resume release'),
    }),
    cancel: buildCommand<{ json?: boolean; repo?: string }, [string], CliContext>({
      loader: async () => (await import('./commands/batch.ts')).cancel,
      parameters: { flags: { json, repo }, positional: oneBatch },
      docs: docs('Cancels a batch with all its open tasks', 'yardmaster batch cancel release'),
    }),
  },
  docs: { brief: 'Ordered sets of tasks with a concurrency limit of their own' },
});
