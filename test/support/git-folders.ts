// Shell words with which a hostile worker finds the folders of its git. Each ends the shell if git does not answer: an
// empty answer in the middle of a path would make it write at the root of the machine.
const asked = (name: string, args: string): string =>
  `${name}=$(git rev-parse --path-format=absolute ${args}) && case "$${name}" in /*/*) ;; *) exit 1 ;; esac || exit 1`;

/**
 * These words come first in a script: they set `$own` to the git folder, `$common` to the folder that linked worktrees
 * share, and `$hooks` and `$info` as git finds them.
 */
export const gitFolders = [
  asked('own', '--git-dir'),
  asked('common', '--git-common-dir'),
  asked('hooks', '--git-path hooks'),
  asked('info', '--git-path info'),
].join('\n');
