// Shell words by which a hostile worker names the folders of its git. Each ends the shell where git does not answer: an
// empty answer in the middle of a path would have it write at the root of the machine.
const asked = (name: string, args: string): string =>
  `${name}=$(git rev-parse --path-format=absolute ${args}) && case "$${name}" in /*/*) ;; *) exit 1 ;; esac || exit 1`;

/** To stand first: `$own` is the git folder, `$common` that which linked worktrees share, `$hooks` and `$info` as git finds them. */
export const gitFolders = [
  asked('own', '--git-dir'),
  asked('common', '--git-common-dir'),
  asked('hooks', '--git-path hooks'),
  asked('info', '--git-path info'),
].join('\n');
