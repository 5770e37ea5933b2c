// Repositories with unusual paths, file names, numbers of references, owners or formats.
import { appendFileSync, chownSync, lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GitFixture } from './git-fixture.ts';
import { grown, plain, type Odd } from './odd-repository.ts';

/** The repository itself has a path with characters that break scripts and configuration files. */
export function oddPath(fx: GitFixture): Odd {
  const folder = join(fx.folder, 'a "b"\n\'c\' $d #e;=f\\n \t é');
  mkdirSync(folder);
  renameSync(fx.root, join(folder, 'repo'));
  return plain(join(folder, 'repo'));
}

export function oddNames(fx: GitFixture): Odd {
  const names = [
    'not-utf8-\xe9\xff',
    'line\nend',
    'quote"s\'',
    ' space ',
    '-dash',
    ':(top)colon',
    '*star',
    'tab\t',
    'back\\slash',
    '#hash',
  ];
  const at = (folder: string, name: string): Buffer => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);
  const put = (folder: string, ending: string): void => {
    for (const name of names) writeFileSync(at(folder, name + ending), `${name}\n`);
    mkdirSync(at(folder, `dir-\xe9${ending}`), { recursive: true });
    writeFileSync(at(folder, `dir-\xe9${ending}/\xe8`), 'x\n');
  };
  put(fx.root, '.old');
  grown(fx, {});
  return {
    ...plain(fx.root),
    work: (site) => {
      put(site, '.worker');
      for (const name of names) appendFileSync(at(site, `${name}.old`), 'changed\n');
    },
    leave: (site) => {
      put(site, '.left');
      for (const name of names) appendFileSync(at(site, `${name}.old`), 'and left\n');
    },
    arrived: (clone) => {
      for (const name of names) {
        for (const ending of ['.worker', '.left']) readFileSync(at(clone, name + ending));
        if (!readFileSync(at(clone, `${name}.old`), 'latin1').endsWith('\nchanged\nand left\n'))
          throw new Error(`${name} is not as it was left`);
      }
      for (const ending of ['.old', '.worker', '.left']) readFileSync(at(clone, `dir-\xe9${ending}/\xe8`));
    },
  };
}

export function manyRefs(fx: GitFixture): Odd {
  const commit = fx.git(fx.root, 'rev-parse', 'HEAD');
  const lines = Array.from({ length: 50_000 }, (_, at) => `${commit} refs/remotes/origin/b${String(at).padStart(5, '0')}\n`);
  const known = `${commit} refs/remotes/origin/main\n`;
  writeFileSync(join(fx.root, '.git/packed-refs'), `# pack-refs with: peeled fully-peeled sorted \n${lines.join('')}${known}`);
  return plain(fx.root);
}

export function anotherOwner(fx: GitFixture): Odd {
  const give = (path: string): void => {
    chownSync(path, 54_321, 54_321);
    if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) give(join(path, name));
  };
  give(fx.root);
  return { ...plain(fx.root), refused: /belongs to another user/ };
}

/** A repository as a newer git would make it; only the error message of the installed git matters. */
export function tooNew(fx: GitFixture): Odd {
  const config = join(fx.root, '.git/config');
  writeFileSync(config, `${readFileSync(config, 'utf8')}[core]\n\trepositoryformatversion = 1\n[extensions]\n\trefstorage2 = new\n`);
  return { ...plain(fx.root), refused: /extensions\.refstorage2/ };
}
