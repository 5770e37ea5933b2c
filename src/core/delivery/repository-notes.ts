// What a person should know about a repository before work starts in it. None of it stops the work.

export interface RepositoryFacts {
  readonly remote: string | null;
  readonly otherRemotes: readonly string[];
  readonly defaultBranch: string;
  readonly outdated: string | null;
  readonly unreachable: string | null;
  readonly submodules: { readonly empty: readonly string[] };
}

export interface RepositoryNote {
  readonly code: 'remote-missing' | 'default-branch-outdated' | 'remote-unreachable' | 'submodules-empty' | 'filter-missing';
  readonly message: string;
  readonly hint: string;
}

export function repositoryNotes(given: {
  readonly facts: RepositoryFacts;
  readonly delivery: { readonly remote: string; readonly setup: string | null };
}): readonly RepositoryNote[] {
  const { facts, delivery } = given;
  const notes: RepositoryNote[] = [];
  const remote = facts.remote ?? '';
  if (facts.otherRemotes.length > 0) {
    const [first = ''] = facts.otherRemotes;
    notes.push({
      code: 'remote-missing',
      message: `there is no remote ${delivery.remote} (there is ${listed(facts.otherRemotes)}): work starts from ${facts.defaultBranch} of this repository, and finished work stays in it and is pushed nowhere`,
      hint: `set delivery.remote to the right remote (delivery: {remote: ${first}}), or add it: git remote add ${delivery.remote} ADDRESS`,
    });
  }
  if (facts.outdated !== null) {
    notes.push({
      code: 'default-branch-outdated',
      message: `${remote}/HEAD is recorded here as ${facts.outdated}, but the default branch of ${remote} is ${facts.defaultBranch} today: work starts from ${facts.defaultBranch}`,
      hint: `git remote set-head ${remote} --auto; or name the branch to start from in delivery.base`,
    });
  }
  if (facts.unreachable !== null) {
    notes.push({
      code: 'remote-unreachable',
      message: `${facts.unreachable}; until it does, ${facts.defaultBranch} is used as its default branch`,
      hint: `check the network and the remote: git ls-remote ${remote}`,
    });
  }
  const { empty } = facts.submodules;
  // Whatever else the command does is unknown; a command that contains the word submodule is assumed to fill them.
  if (empty.length > 0 && delivery.setup?.includes('submodule') !== true) {
    const unless = delivery.setup === null ? '' : ', unless delivery.setup fills them';
    notes.push({
      code: 'submodules-empty',
      message: `workers will find these submodules empty${unless}: ${listed(empty)}`,
      hint: 'git submodule update --init --recursive in your checkout, once it is up to date; or set delivery.setup to that command',
    });
  }
  return notes;
}

/** Notes for filters that attributes name and that are not configured. */
export function filterNotes(names: readonly string[]): readonly (RepositoryNote & { readonly code: 'filter-missing' })[] {
  return names.map((name) => ({
    code: 'filter-missing',
    message: `.gitattributes names the filter ${name}, which is not configured: tasks are blocked, because git would commit such files without it`,
    hint: `${setUps.get(name) ?? `configure filter.${name}.clean`}; or, if these files may be committed as they are: git config filter.${name}.clean cat`,
  }));
}

/** The commands that set up the well-known filters in a clone. */
const setUps: ReadonlyMap<string, string> = new Map([
  ['lfs', 'git lfs install'],
  ['git-crypt', 'git-crypt unlock'],
]);

function listed(names: readonly string[]): string {
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return `${names.slice(0, most).join(', ')}${more}`;
}

const most = 10;
