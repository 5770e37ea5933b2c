// Defines the commands around a long-lived supervisor: `up`, `down`, `reap` and those below `schedule`.
import { buildCommand, buildRouteMap } from '@stricli/core';
import type { UpFlags } from './commands/up.ts';
import type { DownFlags } from './commands/down.ts';
import type { ReapFlags } from './commands/reap.ts';
import type { ScheduleFlags } from './commands/schedule.ts';
import type { CliContext } from './context.ts';
import { concurrency, docs, json, repo, text, whole } from './parameters.ts';

export const up = buildCommand<UpFlags, [], CliContext>({
  loader: async () => (await import('./commands/up.ts')).up,
  parameters: {
    flags: {
      json: { ...json, brief: 'The start as JSON; with --foreground, events as lines of JSON' },
      foreground: { kind: 'boolean', brief: 'Stay in the foreground, as service managers need it', optional: true },
      another: { kind: 'boolean', brief: 'Start another one even if one is running', optional: true },
      printUnit: {
        kind: 'boolean',
        brief: 'Print a systemd unit (on macOS for launchd) and do nothing else; the unit says which environment variables it carries',
        optional: true,
      },
      concurrency,
    },
  },
  docs: docs(
    'Starts a long-lived supervisor for all registered repositories',
    'yardmaster up',
    'yardmaster up --print-unit > ~/.config/systemd/user/yardmaster.service',
  ),
});

export const down = buildCommand<DownFlags, [], CliContext>({
  loader: async () => (await import('./commands/down.ts')).down,
  parameters: {
    flags: { json, now: { kind: 'boolean', brief: 'End its workers too; their tasks wait for the next supervisor', optional: true } },
  },
  docs: docs('Ends the supervisor that `up` started, once its workers have ended', 'yardmaster down', 'yardmaster down --now'),
});

export const reap = buildCommand<ReapFlags, [], CliContext>({
  loader: async () => (await import('./commands/reap.ts')).reapOnce,
  parameters: {
    flags: { json, dryRun: { kind: 'boolean', brief: 'Show what would be removed, and why; change nothing', optional: true } },
  },
  docs: docs('Removes what dead supervisors and workers left behind', 'yardmaster reap --dry-run', 'yardmaster reap'),
});

export const schedule = buildRouteMap<string, CliContext>({
  routes: {
    add: buildCommand<ScheduleFlags, [string], CliContext>({
      loader: async () => (await import('./commands/schedule.ts')).add,
      parameters: {
        flags: { json, repo, task: text('The task to start', 'id'), batch: text('The batch whose tasks to start', 'name') },
        positional: {
          kind: 'tuple',
          parameters: [{ brief: "A cron pattern, such as '0 3 * * *'", parse: String, placeholder: 'pattern' }],
        },
      },
      docs: docs(
        'Starts a task or a batch at set times, again and again',
        "yardmaster schedule add '0 3 * * *' --task t12",
        "yardmaster schedule add '0 9 * * MON' --batch triage",
      ),
    }),
    list: buildCommand<{ json?: boolean }, [], CliContext>({
      loader: async () => (await import('./commands/schedule.ts')).list,
      parameters: { flags: { json } },
      docs: docs('Lists all schedules with their next and their missed runs', 'yardmaster schedule list'),
    }),
    remove: buildCommand<{ json?: boolean }, [number], CliContext>({
      loader: async () => (await import('./commands/schedule.ts')).remove,
      parameters: {
        flags: { json },
        positional: { kind: 'tuple', parameters: [{ brief: 'Its number in the list', parse: whole, placeholder: 'n' }] },
      },
      docs: docs('Removes a schedule; its tasks stay', 'yardmaster schedule remove 2'),
    }),
  },
  docs: { brief: 'Tasks and batches that a running supervisor starts at set times' },
});
