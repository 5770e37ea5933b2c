// What a supervisor that follows fifty pull requests asks of GitHub in an hour, as the stage counts points by GitHub's rules.
// The clock is moved by the test; the phase, the adapter and the requests are real. `npm test` has the cost of one round in the
// tests of the adapter only.
import { onTestFinished, expect, test } from 'vitest';
import { loadSettings } from '../../src/config/load.ts';
import { openedPull } from '../../src/core/delivery/delivery.ts';
import { hour, minute } from '../../src/core/time.ts';
import { github } from '../../src/forge/github/adapter.ts';
import { worldWith } from '../../src/forge/github/tiny-host.samples.ts';
import { phaseStage, remoteStage } from '../../src/supervisor/phase-stage.samples.ts';
import { success } from '../support/gitless-world.ts';
import { ForgeStage } from './stage.ts';

const name = 'acme/app';
const ids = Array.from({ length: 50 }, (_, at) => `t${at + 1}`);

const branchOf = (path: string): string => `yard/${path.split('/').at(-1)}`;

test('fifty pull requests that wait for people cost less than 500 points an hour', async () => {
  const time: { now: () => number } = { now: () => 0 };
  const forge = await ForgeStage.start({ now: () => time.now() });
  onTestFinished(() => forge.close());
  forge.addRepository({ name, people: { robot: 'write' }, associations: { robot: 'MEMBER' } });
  forge.protect(name, 'main', { checks: ['test'] });
  const robot = forge.as('robot');
  const heads = new Map<string, string>();
  const pushed = (branch: string): string => {
    const head = heads.get(branch) ?? robot.push({ repository: name, branch, files: { [`${heads.size}.txt`]: 'x\n' } });
    heads.set(branch, head);
    return head;
  };
  const { settings } = await loadSettings({ env: {}, repo: null, flags: {} });
  const stage = await phaseStage({
    worker: () => [{ say: success }, { exit: 0 }],
    repo: {
      ...remoteStage().repo,
      remoteAddress: async () => ({ fetch: [], push: [forge.remote(name)] }),
      branchAt: async ({ branch }) => forge.repository(name).seen.get(branch) ?? null,
      makeSite: async ({ path }) => ({ base: 'main', branch: branchOf(path) }),
      facts: async ({ worktree }) => ({ head: pushed(branchOf(worktree)), commits: 1, dirty: [] }),
      push: async ({ worktree, commit }) => ({ pushed: true, commit, ref: `refs/heads/${branchOf(worktree)}` }),
    },
    settings: {
      delivery: { ...settings.delivery, pullRequest: { ...settings.delivery.pullRequest, open: 'always' } },
      forge: { github: { ...settings.forge['github']!, token: 'env:GOOD', hosts: [forge.host] } },
      worker: { ...settings.worker, protect: 'off' },
    },
  });
  time.now = stage.now;
  const values = { 'env:GOOD': forge.token({ login: 'robot' }) };
  const clock = { now: stage.now, lease: () => ({ boot: 'b', ms: stage.now(), wall: stage.now() }) };
  const world = await stage.supervisor('leader', { forges: [github({ ...worldWith({ values }), clock })] });
  const opened = async (): Promise<number> => {
    const tasks = await Promise.all(ids.map((id) => stage.task(id)));
    return tasks.filter(({ delivery }) => openedPull(delivery)?.stands?.why.code === 'ready-to-merge').length;
  };
  const asked = (): number => forge.points('robot').rest + forge.points('robot').graphql;

  const checked = new Set<string>();
  for (const id of ids) await stage.add(id);
  for (let minutes = 0; minutes < 120 && (await opened()) < ids.length; minutes += 1) {
    await stage.pulseOf(world, 'dispatch', 'watch', 'settle', 'forge');
    for (const sha of heads.values()) {
      if (!checked.has(sha)) forge.check({ repository: name, sha, name: 'test', conclusion: 'success' });
      checked.add(sha);
    }
    stage.pass(minute);
  }
  expect(await opened()).toBe(ids.length);

  // From here on nothing happens at the pull requests. GitHub's own count begins anew within the hour.
  let [points, last] = [0, asked()];
  for (const start = stage.now(); stage.now() < start + hour; stage.pass(minute / 4)) {
    await stage.pulseOf(world, 'forge');
    const now = asked();
    points += now < last ? now : now - last;
    last = now;
  }
  expect(points).toBeGreaterThan(50);
  expect(points).toBeLessThan(500);
});
