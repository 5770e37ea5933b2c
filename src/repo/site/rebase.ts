// Moves a site's branch onto what somebody else pushed meanwhile. The commits are rebased in a folder of ours without any
// files, and signed again there. Only when all of that is done are the files changed in the checkout, where the worker's
// .lfsconfig may be. Either everything is done, or the checkout is as before.
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Git } from '../git.ts';
import { gitReason } from '../git-reason.ts';
import { identity } from '../identity.ts';
import { headCommit } from './git-refs.ts';
import { withoutLargeFiles } from './large-files.ts';
import { moveFiles } from './move-files.ts';
import { inside, stopped, unreadable, withItsObjects, type Site } from './record.ts';
import { siteSettings } from './settings.ts';
import { signAgain } from './sign-again.ts';
import { writeView } from './skeleton.ts';
import { treeFacts, type TreeFacts } from './tree.ts';

interface RebaseGiven {
  readonly site: Site;
  readonly commit: string;
  readonly onto: string;
  /** Only commits after this one are rebased; absent: those that `onto` does not have. */
  readonly from?: string;
  /** Commits that were signed are signed again if the person's `commit.gpgsign` asks for it. */
  readonly sign: 'auto' | 'off';
}

/** Why it was not done; null if it was. Faults: `not-signed`. */
export async function rebaseOnto(git: Git, given: RebaseGiven): Promise<string | null> {
  const { site, commit } = given;
  const facts = await treeFacts(git, { site, base: site.base });
  if (facts.head !== commit) return 'the branch in the checkout was moved meanwhile';
  if (isDirty(facts)) return 'the checkout has uncommitted changes';
  const rebased = await rebasedCommit(git, given);
  return 'why' in rebased ? rebased.why : moveFiles(git, { site, from: commit, to: rebased.commit });
}

/** Whether anything is uncommitted, except files that were never added. */
export function isDirty({ staged, changes }: Pick<TreeFacts, 'staged' | 'changes'>): boolean {
  return staged.length > 0 || changes.some(({ tracked }) => tracked);
}

type Rebased = { readonly commit: string } | { readonly why: string; readonly conflicts: readonly string[] };

/** The rebased commit, signed again; nothing of the site is moved. Faults: `not-signed`. */
export async function rebasedCommit(git: Git, given: RebaseGiven): Promise<Rebased> {
  const rebased = await rebaseInView(git, given);
  return 'why' in rebased ? rebased : { commit: await signAgain(git, { ...given, rebased: rebased.commit }) };
}

async function rebaseInView(git: Git, given: RebaseGiven): Promise<Rebased> {
  const { site, commit, onto, from } = given;
  const view = await mkdtemp(join(site.reader, 'rebase-'));
  const gitFolder = join(view, '.git');
  try {
    writeView({ site, gitFolder, settings: await siteSettings(git, site), head: commit, packedRefs: '' });
    // Its checkout leaves out all files.
    mkdirSync(join(gitFolder, 'info'), { recursive: true });
    writeFileSync(join(gitFolder, 'info/sparse-checkout'), '!/*\n');
    const at = withItsObjects({ cwd: view, env: { GIT_DIR: gitFolder, GIT_WORK_TREE: view, GIT_NO_LAZY_FETCH: '1' } }, site);
    const settings = ['core.sparseCheckout=true', 'core.sparseCheckoutCone=false', 'index.sparse=false'];
    const ask = (args: readonly string[], env = {}) =>
      git.run(
        withoutLargeFiles({
          ...at,
          env: { ...at.env, ...env },
          args: [...[...settings, 'commit.cleanup=verbatim'].flatMap((setting) => ['-c', setting]), ...args],
        }),
      );
    const read = await ask(['read-tree', '-u', '--reset', commit]);
    if (!read.ok) throw unreadable(site.path, gitReason(read), read.obstacle?.hint);
    // Merges are kept: without them, a merge of the default branch would replay other people's commits as ours.
    const options = [
      ...['--quiet', '--merge', '--rebase-merges', '--no-autostash', '--no-autosquash'],
      ...['--no-gpg-sign', '--no-fork-point', '--no-stat', '--no-update-refs'],
    ];
    const which = from === undefined ? [onto] : ['--onto', onto, from];
    const rebased = await ask(['rebase', ...options, ...which], await identity(git, inside(site)));
    const head = headCommit(gitFolder);
    if (rebased.ok && head !== null) return { commit: head };
    if (rebased.aborted) throw stopped();
    const listed = await ask(['diff', '--name-only', '-z', '--diff-filter=U', '--ignore-submodules=all']);
    const conflicts = listed.ok ? listed.stdout.split('\0').filter((file) => file !== '') : [];
    return { why: conflicts.length > 0 ? `conflicts in ${conflicts.slice(0, 5).join(', ')}` : gitReason(rebased), conflicts };
  } finally {
    await rm(view, { recursive: true, force: true });
  }
}
