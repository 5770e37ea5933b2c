// Defines the commands by which a person follows events, reads a worker's transcript, or attaches to its session.
import { buildCommand } from '@stricli/core';
import type { AttachFlags } from './commands/attach.ts';
import type { EventsFlags } from './commands/events.ts';
import type { LogsFlags } from './commands/logs.ts';
import type { CliContext } from './context.ts';
import { docs, json, markOfFeed, oneId, repo, whole } from './parameters.ts';

export const logs = buildCommand<LogsFlags, [string], CliContext>({
  loader: async () => (await import('./commands/logs.ts')).logs,
  parameters: {
    flags: {
      json: { ...json, brief: 'Transcript events as lines of JSON' },
      follow: { kind: 'boolean', brief: 'Continue as it grows, until the attempt is closed', optional: true },
      raw: { kind: 'boolean', brief: 'The agent’s own output, byte for byte', optional: true },
      attempt: { kind: 'parsed', parse: whole, brief: 'The number of the attempt (default: the last)', placeholder: 'n', optional: true },
      lines: {
        kind: 'parsed',
        parse: whole,
        brief: 'Show only the last N lines (default: all; with --follow 200)',
        placeholder: 'n',
        optional: true,
      },
      repo,
    },
    positional: oneId,
    aliases: { f: 'follow', n: 'lines' },
  },
  docs: docs(
    'Shows what the agent says and does',
    'yardmaster logs t12',
    'yardmaster logs t12 --follow',
    'yardmaster logs t12 --attempt 1 --raw',
  ),
});

export const events = buildCommand<EventsFlags, [], CliContext>({
  loader: async () => (await import('./commands/events.ts')).events,
  parameters: {
    flags: {
      json,
      after: {
        kind: 'parsed',
        parse: markOfFeed,
        brief: 'Only events after this mark, a number in the column MARK (0: all; default: the last events)',
        placeholder: 'mark',
        optional: true,
      },
      limit: { kind: 'parsed', parse: whole, brief: 'The largest number of events (default: 100)', placeholder: 'n', optional: true },
    },
  },
  docs: docs('Lists what happened in the last 14 days, oldest first', 'yardmaster events', 'yardmaster events --after 4711 --json'),
});

export const attach = buildCommand<AttachFlags, [string], CliContext>({
  loader: async () => (await import('./commands/attach.ts')).attach,
  parameters: {
    flags: {
      take: { kind: 'boolean', brief: 'Stop a running worker first; the task is queued again', optional: true },
      repo,
    },
    positional: oneId,
  },
  docs: docs(
    'Attaches you to the worker’s session: the agent’s own, in the task’s worktree',
    'yardmaster attach t12',
    'yardmaster attach t12 --take',
  ),
});
