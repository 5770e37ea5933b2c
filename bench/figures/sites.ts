import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gitRepo } from '../../src/repo/git-repo.ts';
import type { Figure, Row } from '../figure.ts';
import type { Ground } from '../ground.ts';
import { median, now } from '../samples.ts';

/** The number of files in the repository, the number of rounds, and the ratio that a site may reach. */
const sizes = [
  { files: 600, rounds: 15, most: 1.3 },
  { files: 10_000, rounds: 7, most: 1.1 },
  { files: 50_000, rounds: 3, most: 1.1 },
];
const perFolder = 50;

export const sites: Figure = {
  name: 'sites',
  says:
    'a site is made and removed again without any work in it: checkout, reader, references and the proof that nothing is lost. The limit: ' +
    '`git worktree add` and `git worktree remove` of the same repository; both alternate.',
  async take(ground) {
    const rows: Row[] = [];
    for (const size of sizes) rows.push(await take(ground, size));
    return rows;
  },
};

async function take(ground: Ground, size: (typeof sizes)[number]): Promise<Row> {
  const { root, git } = repositoryOf(ground, size.files);
  const repo = gitRepo();
  const [site, worktree] = [
    { made: [] as number[], removed: [] as number[] },
    { made: [] as number[], removed: [] as number[] },
  ];
  // The first round warms the caches.
  for (let round = 0; round <= size.rounds; round += 1) {
    const path = join(ground.root, `sites-${size.files}`, 'worktrees', `w${round}`);
    await timed(worktree.made, () => git('worktree', 'add', '--quiet', '--no-track', '-b', `b${round}`, path, 'main'));
    await timed(worktree.removed, () => git('worktree', 'remove', path));
    const given = { root, path: `${path}-site`, remote: null };
    await timed(site.made, () => repo.makeSite({ ...given, branch: () => `s${round}`, defaultBranch: 'main' }));
    await timed(site.removed, () => repo.removeSite({ ...given, branch: `s${round}`, attempt: `a${round}`, keepBranch: true }));
  }
  const [sum, limit] = [site, worktree].map(({ made, removed }) => median(made.slice(1)) + median(removed.slice(1)));
  const parts = (of: typeof site): string => `${median(of.made.slice(1)).toFixed(1)} + ${median(of.removed.slice(1)).toFixed(1)} ms`;
  return {
    what: `${size.files.toLocaleString('en')} files`,
    value: sum ?? Number.NaN,
    unit: 'ms',
    limit: { what: 'worktree add, remove', value: limit ?? Number.NaN },
    bar: { of: 'ratio', most: size.most },
    note: `made + removed: ${parts(site)}; worktree ${parts(worktree)}`,
  };
}

async function timed(samples: number[], work: () => unknown): Promise<void> {
  const from = now();
  await work();
  samples.push(now() - from);
}

function repositoryOf(ground: Ground, files: number): { readonly root: string; readonly git: (...args: string[]) => void } {
  const root = join(ground.root, `sites-${files}`, 'repo');
  for (let at = 0; at < files; at += 1) {
    const folder = join(root, `folder-${Math.floor(at / perFolder)}`);
    if (at % perFolder === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file-${at}.txt`), `This is file ${at} of ${files}.\n`.repeat(20));
  }
  const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
  const git = (...args: string[]): void => void execFileSync('git', args, { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('-c', 'user.name=Bench', '-c', 'user.email=bench@example.org', 'commit', '--quiet', '--message', 'first');
  return { root, git };
}
