// A supervisor that claims and launches a number of tasks, reports that and then waits to be killed, so that it leaves what
// a crash leaves: open attempts with running workers. It makes no worktrees, because nothing reads them until the workers
// end.
import { join } from 'node:path';
import { leaseFor } from '../src/core/task/lease.ts';
import { takeSeen } from '../src/supervisor/dispatch/known-accounts.ts';
import { heldPlace } from '../src/supervisor/watch/places.ts';
import { siteOf } from '../src/supervisor/prepare/site.ts';
import { routeTask } from '../src/supervisor/dispatch/route-task.ts';
import { openWorld } from './world.ts';
import { request } from './stage.ts';

const [repo = '', count = ''] = process.argv.slice(2);
const { world } = await openWorld({ env: process.env });
const { store, clock } = world;
await store.addRepo({ root: repo, at: clock.now() });
for (let number = 1; number <= Number(count); number += 1) {
  const id = `t${number}`;
  await store.putTask({ repo, task: request(id), at: clock.now() });
  const task = await store.task({ repo, id });
  if (task === null) throw new Error(`${id} was not stored`);
  const route = await routeTask(world, { task, seen: await takeSeen(world, []), full: () => false });
  const agent = 'agent' in route ? world.agents.get(route.agent) : undefined;
  const settings = 'agent' in route ? (await world.settings(repo)).agents[route.agent] : undefined;
  if ('refused' in route || 'tried' in route || agent === undefined || settings === undefined) throw new Error(`${id} has no route`);
  const claim = await store.claim({
    id: clock.id(),
    taskKey: task.key,
    route,
    session: clock.id(),
    holder: world.holder,
    leaseFor,
    leaseFrom: clock.lease(),
    at: clock.now(),
    reason: { code: 'dispatched', facts: { route: [] } },
    admit: () => true,
  });
  if (!claim.claimed) throw new Error(`${id}: ${claim.why}`);
  const { attempt, lease } = claim;
  const spec = agent.command({
    action: 'run',
    settings,
    model: route.model,
    prompt: 'work',
    site: await siteOf(world, { task, attempt, checkout: repo }),
    title: id,
    newSession: clock.id(),
    resume: null,
    maxSteps: null,
    maxBudgetUsd: null,
    fallbackModel: null,
    foreign: { mcpServers: [], authFile: null },
    servers: [],
    serverStartMs: 10_000,
    isolation: 'servers',
    role: null,
    credential: null,
  });
  await heldPlace(world, attempt).launch({
    spec,
    folder: join(world.folders.attempts, attempt.id),
    marker: attempt.id,
    isolate: 'auto',
    protect: [],
    writable: [],
    record: async (launch) => void (await store.patchAttempt({ lease, patch: { launch, state: 'running' } })),
  });
}
process.send?.('launched');
