// Calls each function of the repository port once for one site, in the order of a task's life, for tests of what a worker
// may leave behind: each call must return a value or a plainly worded fault within its deadline.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import type { Repo } from '../../src/ports/repo.ts';
import { gitRepo } from '../../src/repo/git-repo.ts';
import { createGitFixture, type GitFixture } from './git-fixture.ts';

export const siteBranch = 'yard/t1';
export const preserved = 'refs/yardmaster/preserved/a1';
export const shortLimits = {
  readMs: 8_000,
  localMs: 8_000,
  networkMs: 8_000,
  pushMs: 8_000,
  lockMs: 300,
  graceMs: 500,
  mostBytes: 50 * 2 ** 20,
};

export interface SiteStage {
  readonly fx: GitFixture;
  readonly repo: Repo;
  readonly path: string;
  readonly base: string;
  /** The part of the person's repository that must stay unchanged. */
  readonly before: string;
}

/** A site with a commit and an uncommitted file. */
export async function siteStage(limits: Partial<typeof shortLimits> = {}): Promise<SiteStage> {
  const fx = createGitFixture();
  const repo = gitRepo({ ...shortLimits, ...limits });
  const path = join(fx.worktrees, 't1');
  const { base } = await repo.makeSite({ root: fx.root, path, branch: () => siteBranch, remote: 'origin', defaultBranch: 'main' });
  fx.commit(path, { 'done.txt': 'done' });
  fx.write(path, { 'left.txt': 'left' });
  return { fx, repo, path, base, before: personal(fx) };
}

/** The person's files, configuration and own references. */
export function personal(fx: GitFixture): string {
  const own = fx.git(fx.root, 'for-each-ref', 'refs/heads/main', 'refs/tags', 'refs/remotes', 'refs/stash');
  const config = readFileSync(join(fx.root, '.git/config'), 'utf8');
  return [config, readdirSync(join(fx.root, '.git')).join(), fx.git(fx.root, 'status', '--porcelain'), own].join('\n');
}

type Outcome = 'ok' | 'fault';

export async function answered(what: string, ask: () => Promise<unknown>): Promise<{ readonly outcome: Outcome; readonly value: unknown }> {
  try {
    return { outcome: 'ok', value: await ask() };
  } catch (error) {
    expect(error, `${what} is refused in plain words`).toBeInstanceOf(Fault);
    const { message, hint } = error as Fault;
    expect(`${message}${hint}`, what).not.toMatch(/undefined|\[object|ENO|EACCES|TypeError/);
    expect(hint.length, what).toBeGreaterThan(10);
    return { outcome: 'fault', value: error };
  }
}

/** Runs all steps of a task's life, and returns the outcome of each. */
export async function wholeWay({ fx, repo, path, base }: SiteStage) {
  const worktree = path;
  const outcomes: Record<string, Outcome> = {};
  const ask = async (what: string, question: () => Promise<unknown>): Promise<unknown> => {
    const { outcome, value } = await answered(what, question);
    outcomes[what] = outcome;
    return value;
  };
  await ask('describeSite', () => repo.describeSite(path));
  await ask('hasSite', () => repo.hasSite({ path, branch: siteBranch }));
  await ask('takeLeftLocks', () => repo.takeLeftLocks({ worktree, since: 0 as never }));
  await ask('facts', () => repo.facts({ worktree, base }));
  await ask('log', () => repo.log({ worktree, base }));
  await ask('changes', () => repo.changes({ worktree, base }));
  await ask('commitAll', () => repo.commitAll({ worktree, message: 'left behind', sign: 'off' }));
  const taken = (await ask('take', () => repo.take({ worktree }))) as { commit?: string } | null;
  const commit = outcomes['take'] === 'ok' ? (taken?.commit ?? base) : base;
  await ask('pushHooks', () => repo.pushHooks({ worktree, remote: 'origin', commit }));
  await ask('push', () => repo.push({ worktree, remote: 'origin', commit, accept: false, sign: 'auto' }));
  const removed = await ask('removeSite', () =>
    repo.removeSite({ root: fx.root, path, branch: siteBranch, attempt: 'a1', remote: 'origin', keepBranch: true }),
  );
  return { outcomes, removed, failed: Object.keys(outcomes).filter((what) => outcomes[what] === 'fault') };
}

/** Checks that the work is at the remote or under the preserved reference, or that the folder is unchanged. */
export function nothingLost({ fx, path, before }: SiteStage, removed: unknown): void {
  expect(personal(fx)).toBe(before);
  expect(fx.git(fx.root, 'fsck', '--connectivity-only', '--no-dangling')).toBe('');
  if (existsSync(path)) {
    expect(readFileSync(join(path, 'done.txt'), 'utf8')).toBe('done');
    expect(removed).toMatchObject({ code: 'not-preserved', message: expect.stringContaining(path) });
    return;
  }
  const places = [
    [fx.remote, siteBranch],
    [fx.root, preserved],
  ].filter(([at = '', name = '']) => fx.succeeds(at, 'rev-parse', '--verify', name));
  const files = places.flatMap(([at = '', name = '']) => fx.git(at, 'ls-tree', '-r', '--name-only', name).split('\n'));
  expect(files).toEqual(expect.arrayContaining(['done.txt', 'left.txt']));
}
