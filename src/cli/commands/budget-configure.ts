// `budget configure`: writes budgets into a configuration file, that of the repository or the user's own.
import { resolve } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { Change } from '../../config/edit.ts';
import { loadSettings } from '../../config/load.ts';
import { repositoryConfigFile, userConfigFile } from '../../config/paths.ts';
import { lookAtTrust, trustAsItStands } from '../../config/trust.ts';
import { isGiven } from '../../config/trusted.ts';
import { ring } from '../../lib/bell.ts';
import { homeOf, isWorker, refuseNone, repoAt } from '../compose.ts';
import { printJson, type CliContext } from '../context.ts';

/** An amount, or `none` for no limit. */
export type Limit = number | 'none';

export interface ConfigureFlags {
  json?: boolean;
  repo?: string;
  user?: boolean;
  daily?: Limit;
  perBatch?: Limit;
  perTask?: Limit;
  perTaskTokens?: Limit;
  account?: readonly string[];
  degradeAt?: number;
  stopAt?: number;
}

export async function configure(this: CliContext, flags: ConfigureFlags): Promise<void> {
  const changes = changesOf(flags);
  if (changes.length === 0)
    throw new Fault({
      code: 'usage',
      message: 'no budget was given',
      hint: 'give at least one, such as --daily 20 or --per-task none; --help lists all',
    });
  const { repo, file } = await fileOf(this, flags);
  const { editConfig } = await import('../../config/edit.ts');
  const before = repo === null ? null : await lookAtTrust({ env: this.env, repo });
  await editConfig({ file, changes });
  // The person made this change, so a trusted file stays trusted. Trust that the environment gives is not recorded.
  if (repo !== null && before?.keys.length === 0 && !isWorker(this) && !isGiven(this.env)) await trustAsItStands({ env: this.env, repo });
  const { settings } = await loadSettings({ env: this.env, repo, flags: {} });
  await ring(homeOf(this).bell);
  if (flags.json === true) return printJson(this, { file, budget: settings.budget });
  this.out.write(`written to ${file}\n`);
  for (const { path } of changes) this.out.write(`  ${path.join('.')}: ${JSON.stringify(valueAt(settings, path))}\n`);
}

async function fileOf(context: CliContext, flags: ConfigureFlags): Promise<{ repo: string | null; file: string }> {
  if (flags.user === true && flags.repo !== undefined)
    throw new Fault({
      code: 'usage',
      message: '--user and --repo exclude each other, because one file is changed at a time',
      hint: 'give only one of --user and --repo',
    });
  const at = resolve(context.cwd, flags.repo ?? '.');
  const repo = await repoAt(at);
  if (flags.user === true) return { repo, file: userConfigFile(context.env) };
  if (repo !== null) return { repo, file: repositoryConfigFile(repo) };
  return refuseNone({ dir: at, hint: 'change into a repository, or give one with --repo DIR; --user changes your own configuration' });
}

function changesOf(flags: ConfigureFlags): Change[] {
  const said = {
    dailyUsd: flags.daily,
    perBatchUsd: flags.perBatch,
    perTaskUsd: flags.perTask,
    perTaskTokens: flags.perTaskTokens,
    degradeAt: flags.degradeAt,
    stopAt: flags.stopAt,
  };
  const changes: Change[] = Object.entries(said).flatMap(([key, value]) =>
    value === undefined ? [] : [{ path: ['budget', key], value: value === 'none' ? null : value }],
  );
  return [...changes, ...(flags.account ?? []).map(accountChange)];
}

function accountChange(text: string): Change {
  const [, name, amount] = /^(.+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (name === undefined || amount === undefined)
    throw new Fault({ code: 'usage', message: `--account ${text} is not NAME=AMOUNT`, hint: 'write it like --account work=100' });
  return { path: ['budget', 'perAccountUsd', name], value: Number(amount) };
}

/** The value in force now, which may differ from the written one, because another file can take precedence. */
function valueAt(settings: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    settings,
  );
}
