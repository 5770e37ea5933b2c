// Repositories with submodules, each made as a person would make it.
import { appendFileSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { GitFixture } from './git-fixture.ts';
import { everywhere, grown, plain, type Odd } from './odd-repository.ts';

/** Adds the submodule `lib`, which contains `inner`; both have remotes of their own. */
function withSubmodules(fx: GitFixture): void {
  appendFileSync(fx.globalConfig, '[protocol "file"]\n\tallow = always\n');
  for (const name of ['inner', 'lib']) {
    fx.git(fx.folder, 'init', '--quiet', '--bare', '--template=', `${name}.git`);
    fx.git(fx.folder, 'clone', '--quiet', '--template=', `${name}.git`, `${name}-work`);
    const work = join(fx.folder, `${name}-work`);
    if (name === 'lib') fx.git(work, 'submodule', 'add', '--quiet', '../inner.git', 'inner');
    fx.commit(work, { 'lib.txt': `${name}\n` });
    fx.git(work, 'push', '--quiet', 'origin', 'main');
  }
  fx.git(fx.root, 'submodule', 'add', '--quiet', '../lib.git', 'deps/lib');
  grown(fx, {});
}

export function submodules(fx: GitFixture): Odd {
  withSubmodules(fx);
  fx.git(fx.root, 'submodule', 'update', '--quiet', '--init', '--recursive');
  // The worker's submodules are made from the person's, without asking any remote.
  const away = (to: string, from: string) =>
    ['inner.git', 'lib.git'].forEach((name) => renameSync(join(fx.folder, name + from), join(fx.folder, name + to)));
  away('.away', '');
  return {
    ...plain(fx.root),
    work: (site) => {
      away('', '.away');
      for (const path of ['deps/lib', 'deps/lib/inner']) {
        readFileSync(join(site, path, 'lib.txt'));
        if (fx.git(join(site, path), 'status', '--porcelain') !== '') throw new Error(`${path} is not clean`);
      }
      const lib = join(site, 'deps/lib');
      fx.commit(lib, { 'lib.txt': 'by the worker\n' });
      fx.git(lib, 'push', '--quiet', 'origin', 'HEAD:refs/heads/topic');
    },
    // The worker leaves the changed pointer uncommitted, so that our commit of leftovers has to include it.
    leave: (site) => {
      const lib = join(site, 'deps/lib');
      fx.commit(lib, { 'left.txt': 'left\n' });
      fx.git(lib, 'push', '--quiet', 'origin', 'HEAD:refs/heads/topic');
    },
    arrived: (clone) => {
      if (readFileSync(join(clone, 'deps/lib/lib.txt'), 'utf8') !== 'by the worker\n') throw new Error('the pointer did not arrive');
      readFileSync(join(clone, 'deps/lib/left.txt'));
      readFileSync(join(clone, 'deps/lib/inner/lib.txt'));
    },
  };
}

/** Each submodule's git folder is at the path in `submodule.<name>.gitdir`. */
export function moduleFolders(fx: GitFixture): Odd {
  everywhere(fx, plain(fx.root), 'init.defaultSubmodulePathConfig');
  fx.git(fx.root, 'config', 'core.repositoryFormatVersion', '1');
  fx.git(fx.root, 'config', 'extensions.submodulePathConfig', 'true');
  return submodules(fx);
}

export function emptySubmodules(fx: GitFixture): Odd {
  withSubmodules(fx);
  fx.git(fx.folder, 'clone', '--quiet', fx.remote, 'fresh');
  const empty = (site: string): void => {
    if (readdirSync(join(site, 'deps/lib')).length > 0) throw new Error('the submodule’s folder is not empty');
  };
  return {
    ...plain(join(fx.folder, 'fresh')),
    work: empty,
    leave: empty,
    arrived: (clone) => readFileSync(join(clone, 'deps/lib/inner/lib.txt')),
  };
}
