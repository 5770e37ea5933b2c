// Hostile workers for a round of random chaos. Whatever they do happens in a repository of their own: the person's
// repository is unchanged, we run nothing that they planted, and the work that they committed before is not lost.
import type { Action } from '../agent/script.ts';
import { gitFolders } from '../support/git-folders.ts';
import { plantHooks, plantSettings, type Trap } from '../support/planted-programs.ts';

interface Given {
  readonly id: string;
  readonly trap: Trap;
}

function commit(id: string): Action {
  return { commit: { file: `${id}.txt`, content: `${id}\n`, message: `the work of ${id}` } };
}

/** A failure is tolerated, because a resumed worker meets the damage that an earlier one did to its git. */
const shell = (words: string): Action => ({ run: `${gitFolders}\n${words}` });

/** A commit that does not count as lost, because its worker destroys it itself. */
const doomed = (id: string): Action => shell(`echo ${id} >${id}.txt; git add ${id}.txt; git commit -qm "doomed work of ${id}"`);

const ways = {
  settings: ({ id, trap }) => [
    commit(id),
    shell(plantSettings({ trap, task: id, config: 'git config' })),
    shell('mkdir -p "$info"; echo "* filter=evil diff=evil" >"$info/attributes"; touch -d "1 minute ago" README.md'),
    { edit: { file: `${id}-left.txt`, content: 'left\n' } },
  ],
  hooks: ({ id, trap }) => [
    shell(plantHooks({ trap, task: id, into: '$hooks' })),
    shell(`${plantHooks({ trap, task: id, into: '$own/mine' })}\ngit config core.hooksPath "$own/mine"`),
    commit(id),
  ],
  remotes: ({ id }) => [
    commit(id),
    shell('git config remote.origin.pushurl /nowhere; git config url./nowhere.insteadOf /; git config remote.origin.mirror true'),
  ],
  references: ({ id }) => [
    commit(id),
    shell('mine=$(git symbolic-ref HEAD); for ref in $(git for-each-ref --format="%(refname)"); do [ "$ref" = "$mine" ] || git update-ref -d "$ref"; done'),
    shell('git stash clear; git worktree prune --expire=now; git reflog expire --expire=now --all; git gc --quiet --prune=now; git pack-refs --all'),
    shell('git config --unset-all user.name; git remote remove origin; git config core.bare true'),
  ],
  link: ({ id }) => [
    doomed(id),
    shell(`here=$PWD; away=$(mktemp -d); mkdir "$away/other"; echo secret >"$away/other/secret.txt"; cp -a .git "$away/other/.git"; mv "$here" "$away/was"; ln -s "$away/other" "$here"`),
  ],
  pipes: ({ id }) => [
    commit(id),
    shell('for file in .gitignore .gitattributes src/.gitignore; do rm -f "$file"; mkdir -p "$(dirname "$file")"; mkfifo "$file"; done'),
    shell('mkdir -p "$info"; for file in "$info/attributes" "$own/index" "$own/packed-refs" "$own/config.worktree"; do rm -f "$file"; mkfifo "$file"; done'),
  ],
  unmade: ({ id }) => [doomed(id), shell('rm -rf "$own" .git')],
  giant: ({ id }) => [commit(id), shell('head -c 150000000 /dev/zero >giant.bin')],
  many: ({ id }) => [commit(id), shell('mkdir many; cd many || exit 1; seq 20000 | xargs touch')],
  nested: ({ id, trap }) => [
    commit(id),
    shell("nest=$(printf 'n\\351st'); git init -q \"$nest\"; cd \"$nest\" || exit 1; echo x >inner.txt; git add .; git commit -qm inner"),
    shell(`git init -q nest; cd nest || exit 1; echo x >inner.txt; git add .; git commit -qm inner\n${plantSettings({ trap, task: id, config: 'git config' })}`),
  ],
} satisfies Record<string, (given: Given) => Action[]>; // prettier-ignore

export const hostileWays = Object.keys(ways) as [keyof typeof ways, ...(keyof typeof ways)[]];

/** A second attempt, if there is one, does what it can with the checkout as it is then. */
export function hostileScript(given: Given & { readonly way: keyof typeof ways }): Action[][] {
  const { id, trap, way } = given;
  const begun: Action[] = [{ run: trap.begun(id) }, { say: 'begun' }];
  const over: Action = { run: trap.over(id) };
  return [
    [...begun, ...ways[way](given), over],
    [...begun, { run: 'find . -type p -exec rm -f {} +' }, doomed(id), over],
  ];
}
