// One sync of a repository with its issues, by whoever asks for it: a person at a terminal, or the supervisor that leads.
import type { Settings } from '../../core/settings.ts';
import type { SyncPolicy } from '../../core/sync/sync-facts.ts';
import type { ForgeAccount } from '../../ports/forge.ts';
import type { SyncAsk, SyncOutcome } from '../../ports/issue-sync.ts';
import { forgeSettings, type AtForge } from '../forge/accounts.ts';
import type { World } from '../world.ts';
import { syncTasks, type TasksWorld } from './tasks.ts';

export interface SyncOf {
  readonly repo: string;
  readonly settings: Settings;
  readonly at: AtForge;
  readonly account: ForgeAccount;
  readonly holder: string;
  readonly signal: AbortSignal;
  readonly ask: Pick<SyncAsk, 'flows' | 'keep' | 'push' | 'only' | 'dryRun' | 'waitMs'>;
}

/** Faults: those of `IssueSync.run`. */
export function syncRepository(world: TasksWorld & Pick<World, 'issueSync'>, given: SyncOf): Promise<SyncOutcome> {
  const { repo, settings, at, account, holder, signal, ask } = given;
  return world.issueSync.run({
    ...{ repo, ids: settings.todo.ids, at: at.repository, issues: account.within(signal).issues, holder, signal, ...ask },
    policy: policyOf({ at, settings, me: account.login }),
    tasks: syncTasks(world, { repo, tiers: settings.models.tiers }),
  });
}

/** Bots whose reviews reach a worker may write issues as well. A forge calls them by both forms of their names. */
function policyOf({ at, settings, me }: { readonly at: AtForge; readonly settings: Settings; readonly me: string }): SyncPolicy {
  const { trust, bots } = forgeSettings({ forge: at.forge, settings });
  const { owner, name } = at.repository;
  const { label, create } = settings.sources.issues;
  return { repo: `${owner}/${name}`, me, intake: label, trust: [...trust, ...bots, ...bots.map((bot) => `${bot}[bot]`)], create };
}
