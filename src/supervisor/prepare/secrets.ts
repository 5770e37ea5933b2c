// What a worker was given of secrets, so that nothing we write repeats one: whoever starts a worker, or takes one over, has
// the vault give them out, and the vault remembers them (core/security/mask.ts).
import type { Attempt } from '../../core/task/attempt.ts';
import { referredNames } from '../../core/security/environment.ts';
import { Fault } from '../../core/fault.ts';
import type { Settings } from '../../core/settings.ts';
import type { Task } from '../../core/task/task.ts';
import { credentialOf } from '../dispatch/known-accounts.ts';
import { readyServer, serversOf } from './servers.ts';
import type { World } from '../world.ts';

/** Those that the configuration of the agent and of deliveries refers to. One that is not set is told by whoever needs it. */
export async function nameConfigured(world: World, given: { readonly attempt: Attempt; readonly settings: Settings }): Promise<void> {
  const { agent } = given.attempt.route;
  const { agents, delivery } = given.settings;
  const names = [...referredNames(agents[agent]?.env ?? {}), ...delivery.env, ...delivery.checkEnv];
  await Promise.allSettled(names.map((of) => world.vault.value({ reference: { kind: 'env', of }, of: agent })));
}

/** Does the vault know those of the attempt's worker? */
export function areNamed(world: World, attempt: Attempt): boolean {
  return attempt.launch === null || world.memory.secretsKnown.has(attempt.id);
}

/**
 * All of them, of a worker that another supervisor started. Takes as long as the commands of secrets take, or until the signal
 * aborts. What can no longer be read is not known, and can neither be masked nor found. Faults: `stopped`.
 */
export async function nameAll(world: World, given: { readonly attempt: Attempt; readonly signal?: AbortSignal }): Promise<void> {
  const { attempt, signal } = given;
  if (areNamed(world, attempt)) return;
  const task = await world.store.taskByKey(attempt.taskKey);
  if (task === null) return;
  const settings = await world.settings(task.repo);
  await nameConfigured(world, { attempt, settings });
  const servers = await serversOf(world, { task, settings, agent: attempt.route.agent });
  await Promise.allSettled([
    credentialOf(world, { name: attempt.route.account, settings, signal }),
    ...('problem' in servers ? [] : servers.map((server) => readyServer(world, { server, signal }))),
  ]);
  // They are not known then.
  if (signal?.aborted === true)
    throw new Fault({ code: 'stopped', message: 'stopped before the secrets of a worker were known', hint: 'they are read again' });
  noteSecretsKnown(world, attempt);
}

/** The vault has given out all secrets of the attempt's worker. */
export function noteSecretsKnown(world: Pick<World, 'memory'>, attempt: Pick<Attempt, 'id'>): void {
  world.memory.secretsKnown.add(attempt.id);
}

/** Those of all workers that a task had: each of them may have left one in the checkout. Faults: `stopped`. */
export async function nameOfTask(world: World, given: { readonly task: Task; readonly signal: AbortSignal }): Promise<void> {
  // What the same agent on the same account was given is read once: a command for a secret may ask a person.
  const read = new Set<string>();
  for (const attempt of await world.store.attempts(given.task.key)) {
    const { agent, account } = attempt.route;
    const same = JSON.stringify([agent, account]);
    if (areNamed(world, attempt) || read.has(same)) continue;
    read.add(same);
    await nameAll(world, { ...given, attempt });
  }
}
