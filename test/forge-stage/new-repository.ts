// Makes the repositories of the stage, and sets what a test chooses about their branches.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BareRepository } from './bare-repository.ts';
import { observe } from './branches.ts';
import { makeLabel } from './conversation.ts';
import { personOf } from './merging.ts';
import type { Association, MergeMethod, Permission, Protection, Repository, World } from './state.ts';
import { account, nextId, note, nowOf, openPulls } from './state.ts';

export interface NewRepository {
  /** `owner/name`. */
  readonly name: string;
  /** The first commit; one `README.md` by default. */
  readonly files?: Readonly<Record<string, string>>;
  readonly defaultBranch?: string;
  readonly private?: boolean;
  /** What people may do, by login. Whoever is not named may read a public repository. */
  readonly people?: Readonly<Record<string, Permission>>;
  readonly associations?: Readonly<Record<string, Association>>;
  readonly methods?: readonly MergeMethod[];
  readonly allowAutoMerge?: boolean;
  readonly deleteBranchOnMerge?: boolean;
  readonly mergeAsync?: boolean;
  /** What git over HTTP demands; `never` by default, so that a push needs no token. */
  readonly signIn?: Repository['signIn'];
  /** `owner/name` of the repository that this one is a fork of: it has the same commits. */
  readonly forkOf?: string;
}

export function makeRepository(world: World, given: NewRepository): Repository {
  const [owner = '', name = ''] = given.name.split('/');
  const defaultBranch = given.defaultBranch ?? 'main';
  const path = join(world.folder, 'repositories', owner, `${name}.git`);
  mkdirSync(dirname(path), { recursive: true });
  const bare = BareRepository.create(path, defaultBranch);
  const parent = given.forkOf === undefined ? null : (world.repositories.get(given.forkOf.toLowerCase()) ?? null);
  const now = nowOf(world);
  const repository: Repository = {
    ...{ id: nextId(world), world, owner, name, bare, private: given.private ?? false, archived: false, defaultBranch, parent },
    ...{ methods: given.methods ?? ['merge', 'squash', 'rebase'], allowAutoMerge: given.allowAutoMerge ?? false },
    ...{ deleteBranchOnMerge: given.deleteBranchOnMerge ?? false, mergeAsync: given.mergeAsync ?? false },
    permissions: new Map(Object.entries(given.people ?? {}).map(([login, may]) => [login.toLowerCase(), may])),
    associations: new Map(Object.entries(given.associations ?? {}).map(([login, is]) => [login.toLowerCase(), is])),
    ...{ protections: new Map(), queues: new Map(), labels: new Map(), items: new Map(), checks: [], statuses: [], seen: new Map() },
    ...{ headsHeld: false, unknownReads: 0, signIn: given.signIn ?? 'never', createdAt: now, pushedAt: now },
  };
  account(world, owner);
  for (const label of ['bug', 'documentation', 'enhancement']) makeLabel(repository, { name: label });
  if (parent !== null) bare.git(['fetch', '--quiet', parent.bare.path, '+refs/heads/*:refs/heads/*']);
  else {
    const files = given.files ?? { 'README.md': `# ${name}\n` };
    const ref = `refs/heads/${defaultBranch}`;
    bare.write({ ref, parent: null, files, message: 'First commit', by: personOf(repository, owner), date: now });
  }
  repository.seen = bare.branches();
  world.repositories.set(given.name.toLowerCase(), repository);
  return repository;
}

export function protect(repository: Repository, branch: string, rule: Partial<Protection>): void {
  const none = { checks: [], approvals: 0, strict: false, dismissStale: false, conversations: false };
  repository.protections.set(branch, { ...none, ...rule });
  // Only git that serves a push runs hooks: what the stage merges itself is not refused.
  const names = [...repository.protections.keys()].map((name) => `'refs/heads/${name}'`).join('|');
  const script = `#!/bin/sh\ncase "$1" in ${names}) echo 'GH006: Protected branch update failed' >&2; exit 1;; esac\n`;
  const hooks = join(repository.bare.path, 'hooks');
  mkdirSync(hooks, { recursive: true });
  writeFileSync(join(hooks, 'update'), script, { mode: 0o755 });
}

export function renameBranch(repository: Repository, from: string, to: string): void {
  const { bare, world } = repository;
  const sha = bare.branches().get(from);
  if (sha === undefined) throw new Error(`the stage has no branch ${from}`);
  bare.point(`refs/heads/${to}`, sha);
  for (const pull of openPulls(repository)) {
    if (pull.base !== from) continue;
    note(pull, { event: 'base_ref_changed', actor: repository.owner, more: { from, to } });
    pull.base = to;
  }
  for (const rules of [repository.protections, repository.queues] as const) move(rules as Map<string, unknown>, from, to);
  if (repository.defaultBranch === from) {
    repository.defaultBranch = to;
    bare.git(['symbolic-ref', 'HEAD', `refs/heads/${to}`]);
  }
  bare.git(['update-ref', '-d', `refs/heads/${from}`]);
  observe(world);
}

function move(map: Map<string, unknown>, from: string, to: string): void {
  if (!map.has(from)) return;
  map.set(to, map.get(from));
  map.delete(from);
}
