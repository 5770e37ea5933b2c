// How REST shows people and repositories.
import { account, association, fullName, may, permission } from './state.ts';
import type { Issue, Label, Protection, Repository, World } from './state.ts';
import { nodeId } from './node-id.ts';

export const api = (world: World): string => `${world.url}/api/v3`;
export const apiOf = (repository: Repository): string => `${api(repository.world)}/repos/${fullName(repository)}`;
export const pageOf = (repository: Repository): string => `${repository.world.url}/${fullName(repository)}`;

export function person(world: World, login: string): object {
  const { id, kind } = account(world, login);
  const url = `${api(world)}/users/${encodeURIComponent(login)}`;
  const type = ({ user: 'User', bot: 'Bot', organization: 'Organization' } as const)[kind];
  return {
    ...{ login, id, node_id: nodeId(type, id), avatar_url: `${world.url}/avatars/u/${id}`, gravatar_id: '', url },
    html_url: `${world.url}/${encodeURIComponent(login)}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    ...{ gists_url: `${url}/gists{/gist_id}`, starred_url: `${url}/starred{/owner}{/repo}`, subscriptions_url: `${url}/subscriptions` },
    ...{ organizations_url: `${url}/orgs`, repos_url: `${url}/repos`, events_url: `${url}/events{/privacy}` },
    ...{ received_events_url: `${url}/received_events`, type, site_admin: false },
  };
}

export const personOrNull = (world: World, login: string | null): object | null => (login === null ? null : person(world, login));

/** The signed-in person's own account. */
export function wholePerson(world: World, login: string): object {
  return {
    ...person(world, login),
    ...{ name: login, company: null, blog: '', location: null, email: null, hireable: null, bio: null },
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
  };
}

/** What every answer shows of a repository. */
export function briefRepository(repository: Repository): object {
  const { world, id, name, parent } = repository;
  const url = apiOf(repository);
  const plain = [
    'contributors',
    'deployments',
    'downloads',
    'events',
    'forks',
    'hooks',
    'languages',
    'merges',
    'stargazers',
    'subscribers',
    'subscription',
    'tags',
    'teams',
  ];
  const templates = {
    archive: '{archive_format}{/ref}',
    assignees: '{/user}',
    branches: '{/branch}',
    collaborators: '{/collaborator}',
    comments: '{/number}',
    commits: '{/sha}',
    issues: '{/number}',
    keys: '{/key_id}',
    labels: '{/name}',
    milestones: '{/number}',
    pulls: '{/number}',
    releases: '{/id}',
    statuses: '/{sha}',
  };
  const deeper = {
    ...{ blobs_url: `${url}/git/blobs{/sha}`, compare_url: `${url}/compare/{base}...{head}`, contents_url: `${url}/contents/{+path}` },
    ...{ git_commits_url: `${url}/git/commits{/sha}`, git_refs_url: `${url}/git/refs{/sha}`, git_tags_url: `${url}/git/tags{/sha}` },
    issue_comment_url: `${url}/issues/comments{/number}`,
    issue_events_url: `${url}/issues/events{/number}`,
    trees_url: `${url}/git/trees{/sha}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
  };
  return {
    id,
    node_id: nodeId('Repository', id),
    name,
    full_name: fullName(repository),
    private: repository.private,
    owner: person(world, repository.owner),
    ...{ html_url: pageOf(repository), description: null, fork: parent !== null, url },
    ...Object.fromEntries(plain.map((key) => [`${key}_url`, `${url}/${key}`])),
    ...Object.fromEntries(Object.entries(templates).map(([key, rest]) => [`${key}_url`, `${url}/${key}${rest}`])),
    ...deeper,
  };
}

/** As in the base and head of a pull request. */
export function middleRepository(repository: Repository): object {
  const page = pageOf(repository);
  const open = [...repository.items.values()].filter((item) => item.state === 'open').length;
  return {
    ...briefRepository(repository),
    clone_url: `${page}.git`,
    git_url: `${page.replace(/^http/, 'git')}.git`,
    ssh_url: `git@127.0.0.1:${fullName(repository)}.git`,
    svn_url: page,
    default_branch: repository.defaultBranch,
    forks: 0,
    forks_count: 0,
    homepage: null,
    language: null,
    license: null,
    mirror_url: null,
    ...{ has_issues: true, has_projects: true, has_wiki: false, has_pages: false, has_downloads: true, has_discussions: false },
    ...{ archived: repository.archived, disabled: false, open_issues: open, open_issues_count: open, size: 1, stargazers_count: 0 },
    watchers: 0,
    watchers_count: 0,
    created_at: repository.createdAt,
    updated_at: repository.pushedAt,
    pushed_at: repository.pushedAt,
    visibility: repository.private ? 'private' : 'public',
    topics: [],
    is_template: false,
    web_commit_signoff_required: false,
    allow_forking: true,
  };
}

export function wholeRepository(repository: Repository, viewer: string): object {
  const at = (least: 'admin' | 'maintain' | 'write' | 'triage' | 'read'): boolean => may(repository, viewer, least);
  const { parent } = repository;
  return {
    ...middleRepository(repository),
    ...{ network_count: 0, subscribers_count: 0 },
    permissions: { admin: at('admin'), maintain: at('maintain'), push: at('write'), triage: at('triage'), pull: at('read') },
    // GitHub shows how a repository merges to those who may push.
    ...(at('write') ? howItMerges(repository) : {}),
    ...(parent === null ? {} : { parent: middleRepository(parent), source: middleRepository(parent) }),
  };
}

function howItMerges({ methods, allowAutoMerge, deleteBranchOnMerge }: Repository): object {
  return {
    allow_squash_merge: methods.includes('squash'),
    allow_merge_commit: methods.includes('merge'),
    allow_rebase_merge: methods.includes('rebase'),
    allow_auto_merge: allowAutoMerge,
    delete_branch_on_merge: deleteBranchOnMerge,
    allow_update_branch: true,
    use_squash_pr_title_as_default: false,
    ...{ squash_merge_commit_title: 'COMMIT_OR_PR_TITLE', squash_merge_commit_message: 'COMMIT_MESSAGES' },
    ...{ merge_commit_title: 'MERGE_MESSAGE', merge_commit_message: 'PR_TITLE' },
  };
}

export function permissionOf(repository: Repository, login: string): object {
  const role = permission(repository, login);
  // The older field knows four words only.
  const permissionWord = { admin: 'admin', maintain: 'write', write: 'write', triage: 'read', read: 'read', none: 'none' }[role];
  const at = (least: 'admin' | 'maintain' | 'write' | 'triage' | 'read'): boolean => may(repository, login, least);
  const permissions = { admin: at('admin'), maintain: at('maintain'), push: at('write'), triage: at('triage'), pull: at('read') };
  return { permission: permissionWord, role_name: role, user: { ...person(repository.world, login), permissions, role_name: role } };
}

export function label(repository: Repository, { id, name, color, description }: Label): object {
  return {
    id,
    node_id: nodeId('Label', id),
    url: `${apiOf(repository)}/labels/${encodeURIComponent(name)}`,
    name,
    color,
    description,
    default: false,
  };
}

export const labelsOf = (item: Issue): readonly Label[] =>
  item.labels.flatMap((name) => item.repository.labels.get(name.toLowerCase()) ?? []);

export const associationOf = (repository: Repository, login: string): string => association(repository, login);

export function protection(repository: Repository, branch: string, rule: Protection): object {
  const url = `${apiOf(repository)}/branches/${encodeURIComponent(branch)}/protection`;
  const reviews = {
    url: `${url}/required_pull_request_reviews`,
    dismiss_stale_reviews: rule.dismissStale,
    require_code_owner_reviews: false,
  };
  return {
    url,
    ...(rule.checks.length === 0 && !rule.strict ? {} : { required_status_checks: requiredChecks(`${url}/required_status_checks`, rule) }),
    ...(rule.approvals === 0 ? {} : { required_pull_request_reviews: { ...reviews, required_approving_review_count: rule.approvals } }),
    enforce_admins: { url: `${url}/enforce_admins`, enabled: true },
    ...{ required_linear_history: { enabled: false }, allow_force_pushes: { enabled: false }, allow_deletions: { enabled: false } },
    required_conversation_resolution: { enabled: rule.conversations },
  };
}

function requiredChecks(url: string, rule: Protection): object {
  return {
    url,
    strict: rule.strict,
    contexts: rule.checks,
    contexts_url: `${url}/contexts`,
    checks: rule.checks.map((context) => ({ context, app_id: null })),
  };
}
