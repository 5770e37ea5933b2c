// Makes sure that the vault knows every secret that a worker got, so that it can be masked in everything we write
// (core/security/mask.ts): a supervisor that starts a worker, or takes one over, reads its secrets from the vault, which
// remembers them.
import type { Attempt } from '../../core/task/attempt.ts';
import { referredNames } from '../../core/security/environment.ts';
import { Fault } from '../../core/fault.ts';
import type { Settings } from '../../core/settings.ts';
import type { Task } from '../../core/task/task.ts';
import { credentialOf } from '../dispatch/known-accounts.ts';
import { readyServer, serversOf } from './servers.ts';
import type { World } from '../world.ts';

/**
 * Reads the secrets that the configuration of the agent and of deliveries refers to. If one is not set, the step that needs
 * it reports that.
 */
export async function readConfiguredSecrets(
  world: World,
  given: { readonly attempt: Attempt; readonly settings: Settings },
): Promise<void> {
  const { agent } = given.attempt.route;
  const { agents, delivery } = given.settings;
  const names = [...referredNames(agents[agent]?.env ?? {}), ...delivery.env, ...delivery.checkEnv];
  await Promise.allSettled(names.map((of) => world.vault.value({ reference: { kind: 'env', of }, of: agent })));
}

/** Whether the vault knows the secrets of the attempt's worker. */
export function areSecretsKnown(world: World, attempt: Attempt): boolean {
  return attempt.launch === null || world.memory.secretsKnown.has(attempt.id);
}

/**
 * Reads all secrets of a worker that another supervisor started. It takes as long as the commands for secrets take, or
 * until the signal aborts. A secret that can no longer be read stays unknown, and can neither be masked nor found. Faults:
 * `stopped`.
 */
export async function readSecrets(world: World, given: { readonly attempt: Attempt; readonly signal?: AbortSignal }): Promise<void> {
  const { attempt, signal } = given;
  if (areSecretsKnown(world, attempt)) return;
  const task = await world.store.taskByKey(attempt.taskKey);
  if (task === null) return;
  const settings = await world.settings(task.repo);
  await readConfiguredSecrets(world, { attempt, settings });
  const servers = await serversOf(world, { task, settings, agent: attempt.route.agent });
  await Promise.allSettled([
    credentialOf(world, { name: attempt.route.account, settings, signal }),
    ...('problem' in servers ? [] : servers.map((server) => readyServer(world, { server, signal }))),
  ]);
  // After an abort, some secrets may not have been read.
  if (signal?.aborted === true)
    throw new Fault({ code: 'stopped', message: 'stopped before the secrets of a worker were known', hint: 'they are read again' });
  recordSecretsKnown(world, attempt);
}

/** Records that the vault has read all secrets of the attempt's worker. */
export function recordSecretsKnown(world: Pick<World, 'memory'>, attempt: Pick<Attempt, 'id'>): void {
  world.memory.secretsKnown.add(attempt.id);
}

/** Reads the secrets of all workers that a task had: each of them may have left one in the checkout. Faults: `stopped`. */
export async function readSecretsOfTask(world: World, given: { readonly task: Task; readonly signal: AbortSignal }): Promise<void> {
  // The secrets for the same agent and account are read once, because a command for a secret may ask a person.
  const read = new Set<string>();
  for (const attempt of await world.store.attempts(given.task.key)) {
    const { agent, account } = attempt.route;
    const same = JSON.stringify([agent, account]);
    if (areSecretsKnown(world, attempt) || read.has(same)) continue;
    read.add(same);
    await readSecrets(world, { ...given, attempt });
  }
}
