// Defines the commands below `accounts`, which show how the work is paid and which accounts can be used now.
import { buildCommand, buildRouteMap } from '@stricli/core';
import type { TestFlags } from './commands/accounts.ts';
import type { AddAccountFlags } from './commands/add-account.ts';
import type { CliContext } from './context.ts';
import { docs, json, list as many, model, text } from './parameters.ts';

const one = { kind: 'tuple', parameters: [{ brief: 'The account', parse: String, placeholder: 'name' }] } as const;

const list = buildCommand<{ json?: boolean }, [], CliContext>({
  loader: async () => (await import('./commands/accounts.ts')).list,
  parameters: { flags: { json } },
  docs: docs('Lists all accounts, and says why one cannot be used now', 'yardmaster accounts', 'yardmaster accounts list --json'),
});

const test = buildCommand<TestFlags, [string?], CliContext>({
  loader: async () => (await import('./commands/accounts.ts')).test,
  parameters: {
    flags: { json, model },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'The account (default: all)', parse: String, placeholder: 'name', optional: true }],
    },
  },
  docs: docs(
    'Proves a sign-in with the smallest possible request of the real agent',
    'yardmaster accounts test',
    'yardmaster accounts test claude',
  ),
});

const pause = buildCommand<{ json?: boolean; why?: string }, [string], CliContext>({
  loader: async () => (await import('./commands/accounts.ts')).pause,
  parameters: { flags: { json, why: text('The reason for the pause', 'text') }, positional: one },
  docs: docs('Pauses an account: it is not used until you resume it', 'yardmaster accounts pause work --why "saved for Friday"'),
});

const resume = buildCommand<{ json?: boolean }, [string], CliContext>({
  loader: async () => (await import('./commands/accounts.ts')).resume,
  parameters: { flags: { json }, positional: one },
  docs: docs('Resumes an account, and forgets earlier failures and limits of it', 'yardmaster accounts resume work'),
});

const add = buildCommand<AddAccountFlags, [string], CliContext>({
  loader: async () => (await import('./commands/add-account.ts')).addAccount,
  parameters: {
    flags: {
      json,
      provider: text('The provider of the account (default: anthropic)', 'name'),
      billing: text('subscription or token (default: token)', 'kind'),
      secret: text('env:NAME, file:PATH or command:LINE; never the secret itself', 'where'),
      agent: many('Use it only with this agent; may be repeated', 'name'),
    },
    positional: one,
  },
  docs: docs(
    'Writes an account into your configuration; without --secret it says how to create the secret',
    'yardmaster accounts add max --billing subscription',
    'yardmaster accounts add max --billing subscription --secret file:~/.secrets/claude-token',
    'yardmaster accounts add router --provider openrouter --secret "command:pass show openrouter"',
  ),
});

export const accounts = buildRouteMap({
  routes: { list, test, pause, resume, add },
  defaultCommand: 'list',
  docs: { brief: 'How the work is paid: accounts, their sign-ins, limits and cool-downs' },
});
