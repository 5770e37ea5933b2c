// The forge's stage (a GitHub on loopback over real git repositories) as the contract of forges needs it.
import { expect } from 'vitest';
import type { ForgeStage } from '../../ports/forge.samples.ts';
import { ForgeStage as GithubStage } from '../../../test/forge-stage/stage.ts';
import type { Pull, Repository } from '../../../test/forge-stage/state.ts';
import { github } from './adapter.ts';
import { worldWith } from './tiny-host.samples.ts';

export const name = 'acme/app';

export interface OnStage extends ForgeStage {
  readonly github: GithubStage;
  readonly repository: () => Repository;
  /** The token that `env:ACTIONS` gives from now on. */
  actions(token: string): void;
}

/** The account is `ada`, who owns nothing and may write; other people are `grace`. */
export async function onStage(given: { readonly mergeAsync?: boolean; readonly now?: () => number } = {}): Promise<OnStage> {
  const { mergeAsync = false, now = Date.now } = given;
  const stage = await GithubStage.start({ now });
  stage.addRepository({
    ...{ name, mergeAsync, people: { ada: 'write', grace: 'write' } },
    associations: { ada: 'COLLABORATOR', grace: 'MEMBER' },
  });
  const values: Record<string, string> = { 'env:GOOD': stage.token({ login: 'ada' }), 'env:BAD': 'ghp_nobody' };
  const repository = (): Repository => stage.repository(name);
  const grace = stage.as('grace');
  const at = (number: number) => ({ repository: name, number });
  return {
    actions: (token) => {
      values['env:ACTIONS'] = token;
    },
    ...{ github: stage, repository, forge: github({ ...worldWith({ values }), clock: clockOfToday }) },
    ...{ address: stage.remote(name), hosts: [stage.host], secret: 'env:GOOD', refused: 'env:BAD', login: 'ada' },
    push: async ({ branch, from, path, text }) => {
      const onto = await tip(repository(), from);
      return grace.push({ repository: name, branch, files: { [path]: text }, ...(onto === null ? {} : { onto }) });
    },
    at: (branch) => tip(repository(), branch),
    review: async ({ number, verdict, text }) => {
      const state = verdict === null ? 'COMMENTED' : verdict === 'changes' ? 'CHANGES_REQUESTED' : 'APPROVED';
      grace.review(at(number), { state, body: text });
    },
    remark: async ({ number, path, line, text }) => void grace.threadOn(at(number), { path, line, body: text }),
    comment: async ({ number, text }) => void grace.comment(at(number), text),
    check: async ({ commit, name: check, state, log = '' }) => {
      const conclusion = state === 'pending' ? null : state === 'green' ? 'success' : 'failure';
      stage.check({ repository: name, sha: commit, name: check, conclusion, log });
    },
    require: async (check) => stage.protect(name, 'main', { checks: [check] }),
    close: async (number) => grace.close(at(number)),
    computing: async ({ number, is }) => {
      pullIn(repository(), number).unknown = is ? 1000 : 0;
    },
    queue: async () => stage.addQueue(name, 'main'),
    eject: async (number) => stage.eject(name, number),
    mergeLater: async () => {
      repository().mergeAsync = true;
      stage.world.mergeAsyncReads = 1000;
    },
    carryOut: async () => {
      for (const item of repository().items.values())
        if (item.kind === 'pull') for (const asked of (item as Pull).asked.values()) asked.left = 0;
    },
    remove: async () => void stage.world.repositories.delete(name),
    dispose: async () => {
      const violations = stage.violations();
      await stage.close();
      expect(violations).toEqual([]);
    },
  };
}

const clockOfToday = { now: () => Date.now(), lease: () => ({ boot: 'b', ms: performance.now(), wall: Date.now() }) };

/** The commit of a branch; a commit is its own. */
async function tip({ bare }: Repository, branch: string): Promise<string | null> {
  return /^[\da-f]{40}$/.test(branch) ? branch : (bare.branches().get(branch) ?? null);
}

export function pullIn(repository: Repository, number: number): Pull {
  const item = repository.items.get(number);
  if (item?.kind !== 'pull') throw new Error(`there is no pull request #${number}`);
  return item as Pull;
}
