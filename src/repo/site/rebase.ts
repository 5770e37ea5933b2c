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
import { moveBranch } from './leftovers.ts';
import { writeIndexCommit } from './make.ts';
import { inside, through, withItsObjects, type Site } from './record.ts';
import { siteSettings } from './settings.ts';
import { signAgain } from './sign-again.ts';
import { writeView } from './skeleton.ts';
import { nowhere, treeFacts } from './tree.ts';

interface RebaseGiven {
  readonly site: Site;
  readonly commit: string;
  readonly onto: string;
  /** Commits that were signed are signed again if the person's `commit.gpgsign` asks for it. */
  readonly sign: 'auto' | 'off';
}

/** Why it was not done; null if it was. Faults: `not-signed`. */
export async function rebaseOnto(git: Git, given: RebaseGiven): Promise<string | null> {
  const { site, commit } = given;
  const facts = await treeFacts(git, { site, base: site.base });
  if (facts.head !== commit) return 'the branch in the checkout was moved meanwhile';
  if (facts.staged.length > 0 || facts.changes.some(({ tracked }) => tracked)) return 'the checkout has uncommitted changes';
  const rebased = await rebasedCommit(git, given);
  if ('why' in rebased) return rebased.why;
  return moveFiles(git, { site, from: commit, to: await signAgain(git, { ...given, rebased: rebased.commit }) });
}

async function rebasedCommit(git: Git, given: RebaseGiven): Promise<{ readonly commit: string } | { readonly why: string }> {
  const { site, commit, onto } = given;
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
    if (!read.ok) return { why: gitReason(read) };
    // Merges are kept: without them, a merge of the default branch would replay other people's commits as ours.
    const options = [
      ...['--quiet', '--merge', '--rebase-merges', '--no-autostash', '--no-autosquash'],
      ...['--no-gpg-sign', '--no-fork-point', '--no-stat', '--no-update-refs'],
    ];
    const rebased = await ask(['rebase', ...options, onto], await identity(git, inside(site)));
    const head = headCommit(gitFolder);
    if (rebased.ok && head !== null) return { commit: head };
    const conflicts = await ask(['diff', '--name-only', '--diff-filter=U', '--ignore-submodules=all']);
    const files = conflicts.ok ? conflicts.stdout.split('\n').filter((file) => file !== '') : [];
    return { why: files.length > 0 ? `conflicts in ${files.slice(0, 5).join(', ')}` : gitReason(rebased) };
  } finally {
    await rm(view, { recursive: true, force: true });
  }
}

/**
 * Moves the checkout from one commit to another. Returns why git refused, or null. Git checks whether anything is in the
 * way before it writes the first file.
 */
async function moveFiles(
  git: Git,
  { site, from, to }: { readonly site: Site; readonly from: string; readonly to: string },
): Promise<string | null> {
  const ask = (args: readonly string[]) => git.run(withoutLargeFiles({ ...through(site), args }));
  writeIndexCommit(site, nowhere);
  const moved = await ask(['read-tree', '-m', '-u', from, to]);
  if (!moved.ok) {
    // If it is interrupted halfway, the committed files are written again; there were no others.
    await ask(['checkout-index', '--force', '--all', '--quiet']);
    return gitReason(moved);
  }
  await moveBranch(git, { site, commit: to });
  return null;
}
