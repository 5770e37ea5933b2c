// The routes about the account, repositories, branches, rules, files and labels.
import { created, done, neededText, ok, textField } from './api-call.ts';
import type { Call, Route } from './api-call.ts';
import { makeLabel } from './conversation.ts';
import { protectionOf } from './merge-rules.ts';
import { nodeId } from './node-id.ts';
import { deleteBranch, pushingAs } from './pull-acts.ts';
import { notFound, Refusal } from './refusal.ts';
import { apiOf, label, pageOf, permissionOf, protection, wholePerson, wholeRepository } from './rest-people-and-repositories.ts';
import { commitShape } from './rest-commits.ts';
import type { Label, Repository } from './state.ts';
import { may } from './state.ts';

export const repositoryRoutes: readonly Route[] = [
  { method: 'GET', path: '/user', rights: [], least: null, handle: (call) => ok(wholePerson(call.world, signedIn(call))) },
  {
    method: 'GET',
    path: '/users/{username}',
    rights: [],
    least: null,
    handle: (call) => ok(wholePerson(call.world, call.params['username'] ?? '')),
  },
  {
    method: 'GET',
    path: '/meta',
    rights: [],
    least: null,
    handle: () => ok({ verifiable_password_authentication: false, installed_version: '3.19.0' }),
  },
  { method: 'GET', path: '/rate_limit', rights: [], least: null, handle: rateLimit },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}',
    rights: ['metadata:read'],
    least: null,
    handle: (call) => ok(wholeRepository(call.repository, call.viewer)),
  },
  { method: 'GET', path: '/repos/{owner}/{repo}/contents/{path}', rights: ['contents:read'], least: null, handle: contents },
  { method: 'GET', path: '/repos/{owner}/{repo}/branches', rights: ['contents:read'], least: null, handle: branches },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/branches/{branch}/protection',
    rights: ['administration:read'],
    least: 'admin',
    handle: branchProtection,
  },
  { method: 'GET', path: '/repos/{owner}/{repo}/branches/{branch}', rights: ['contents:read'], least: null, handle: branch },
  { method: 'GET', path: '/repos/{owner}/{repo}/rules/branches/{branch}', rights: ['metadata:read'], least: null, handle: rules },
  { method: 'GET', path: '/repos/{owner}/{repo}/git/ref/{ref}', rights: ['contents:read'], least: null, handle: readRef },
  { method: 'POST', path: '/repos/{owner}/{repo}/git/refs', rights: ['contents:write'], least: 'write', handle: createRef },
  { method: 'DELETE', path: '/repos/{owner}/{repo}/git/refs/{ref}', rights: ['contents:write'], least: 'write', handle: deleteRef },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/collaborators/{username}/permission',
    rights: ['metadata:read'],
    least: 'write',
    handle: (call) => ok(permissionOf(call.repository, call.params['username'] ?? '')),
  },
  { method: 'GET', path: '/repos/{owner}/{repo}/assignees/{assignee}', rights: ['issues:read'], least: null, handle: assignable },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/labels',
    rights: ['issues:read', 'pull_requests:read'],
    least: null,
    handle: (call) => ok(call.page([...call.repository.labels.values()]).map((one) => label(call.repository, one))),
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/labels',
    rights: ['issues:write', 'pull_requests:write'],
    least: 'write',
    handle: createLabel,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/labels/{name}',
    rights: ['issues:read', 'pull_requests:read'],
    least: null,
    handle: (call) => ok(label(call.repository, knownLabel(call))),
  },
  {
    method: 'PATCH',
    path: '/repos/{owner}/{repo}/labels/{name}',
    rights: ['issues:write', 'pull_requests:write'],
    least: 'write',
    handle: editLabel,
  },
];

function rateLimit({ world, viewer }: Call) {
  const core = world.limits.hour(viewer, 'core');
  const search = { limit: 30, used: 0, remaining: 30, reset: core.reset };
  return ok({ resources: { core, search, graphql: world.limits.hour(viewer, 'graphql') }, rate: core });
}

function signedIn(call: Call): string {
  if (call.token === null) throw new Refusal({ status: 401, message: 'Requires authentication' });
  // An App is no person.
  if (call.token.kind === 'app') throw new Refusal({ status: 403, message: 'Resource not accessible by integration' });
  return call.viewer;
}

function contents(call: Call) {
  const { repository, params, query } = call;
  const path = params['path'] ?? '';
  const commit = repository.bare.resolve(query.get('ref') ?? `refs/heads/${repository.defaultBranch}`);
  const text = commit === null ? null : repository.bare.file(commit, path);
  if (commit === null || text === null) throw notFound();
  const url = `${apiOf(repository)}/contents/${path}`;
  const sha = repository.bare.git(['rev-parse', `${commit}:${path}`]);
  const git = `${apiOf(repository)}/git/blobs/${sha}`;
  const html = `${pageOf(repository)}/blob/${repository.defaultBranch}/${path}`;
  return ok({
    type: 'file',
    encoding: 'base64',
    size: Buffer.byteLength(text),
    name: path.split('/').at(-1),
    path,
    sha,
    url,
    git_url: git,
    html_url: html,
    content: Buffer.from(text).toString('base64').replaceAll(/.{60}/g, '$&\n'),
    ...{ download_url: `${pageOf(repository)}/raw/${path}`, _links: { self: url, git, html } },
  });
}

const isProtected = (repository: Repository, name: string): boolean => repository.protections.has(name);

function branches(call: Call) {
  const { repository } = call;
  const wanted = call.query.get('protected');
  const all = [...repository.seen].filter(([name]) => wanted === null || isProtected(repository, name) === (wanted === 'true'));
  return ok(
    call.page(all).map(([name, sha]) => ({
      name,
      commit: { sha, url: `${apiOf(repository)}/commits/${sha}` },
      protected: isProtected(repository, name),
    })),
  );
}

function branch(call: Call) {
  const { repository } = call;
  const name = call.params['branch'] ?? '';
  const sha = repository.seen.get(name);
  if (sha === undefined) throw notFound('Branch not found');
  const rule = protectionOf(repository, name);
  const self = `${apiOf(repository)}/branches/${encodeURIComponent(name)}`;
  return ok({
    name,
    commit: commitShape(repository, sha),
    _links: { self, html: `${pageOf(repository)}/tree/${name}` },
    protected: rule !== null,
    protection:
      rule === null
        ? { enabled: false, required_status_checks: { contexts: [], checks: [], enforcement_level: 'off' } }
        : { enabled: true, ...protection(repository, name, rule) },
    protection_url: `${self}/protection`,
  });
}

function branchProtection(call: Call) {
  const name = call.params['branch'] ?? '';
  if (!call.repository.seen.has(name)) throw notFound('Branch not found');
  const rule = protectionOf(call.repository, name);
  if (rule === null) throw notFound('Branch not protected');
  return ok(protection(call.repository, name, rule));
}

/** The rules of a branch as rulesets state them. They can be read by everybody who can read the repository. */
function rules(call: Call) {
  const { repository } = call;
  const name = call.params['branch'] ?? '';
  const rule = protectionOf(repository, name);
  const queue = repository.queues.get(name);
  const source = { ruleset_source_type: 'Repository', ruleset_source: `${repository.owner}/${repository.name}`, ruleset_id: 1 };
  const all: object[] = [];
  if (rule !== null && (rule.approvals > 0 || rule.conversations)) {
    const parameters = {
      required_approving_review_count: rule.approvals,
      dismiss_stale_reviews_on_push: rule.dismissStale,
      require_code_owner_review: false,
      ...{ require_last_push_approval: false, required_review_thread_resolution: rule.conversations },
    };
    all.push({ type: 'pull_request', parameters, ...source });
  }
  if (rule !== null && (rule.checks.length > 0 || rule.strict)) {
    const parameters = {
      strict_required_status_checks_policy: rule.strict,
      required_status_checks: rule.checks.map((context) => ({ context })),
    };
    all.push({ type: 'required_status_checks', parameters, ...source });
  }
  if (queue !== undefined) {
    const parameters = {
      ...{ check_response_timeout_minutes: 60, grouping_strategy: 'ALLGREEN', max_entries_to_build: 5, max_entries_to_merge: 5 },
      ...{ merge_method: queue.method.toUpperCase(), min_entries_to_merge: 1, min_entries_to_merge_wait_minutes: 5 },
    };
    all.push({ type: 'merge_queue', parameters, ...source });
  }
  return ok(call.page(all));
}

function refShape(repository: Repository, ref: string, sha: string): object {
  const url = `${apiOf(repository)}/git/refs/${ref}`;
  return {
    ref: `refs/${ref}`,
    node_id: nodeId('Repository', repository.id),
    url,
    object: { type: 'commit', sha, url: `${apiOf(repository)}/git/commits/${sha}` },
  };
}

function readRef(call: Call) {
  const ref = call.params['ref'] ?? '';
  const sha = call.repository.seen.get(ref.replace(/^heads\//, ''));
  if (!ref.startsWith('heads/') || sha === undefined) throw notFound();
  return ok(refShape(call.repository, ref, sha));
}

function createRef(call: Call) {
  const ref = neededText(call, 'ref').replace(/^refs\//, '');
  const sha = neededText(call, 'sha');
  if (call.repository.bare.resolve(sha) === null) throw new Refusal({ status: 422, message: 'Object does not exist' });
  if (!call.repository.bare.move({ ref: `refs/${ref}`, to: sha, old: null }))
    throw new Refusal({ status: 422, message: 'Reference already exists' });
  pushingAs(call.repository, call.viewer);
  return created(refShape(call.repository, ref, sha));
}

function deleteRef(call: Call) {
  deleteBranch(call.repository, { by: call.viewer, branch: (call.params['ref'] ?? '').replace(/^heads\//, '') });
  return done;
}

function assignable(call: Call) {
  const login = call.params['assignee'] ?? '';
  if (!may(call.repository, login, 'triage')) throw notFound();
  return done;
}

function createLabel(call: Call) {
  const color = textField(call, 'color');
  const made = makeLabel(call.repository, {
    name: neededText(call, 'name'),
    ...(color === undefined ? {} : { color }),
    description: textField(call, 'description') ?? null,
  });
  return created(label(call.repository, made));
}

function knownLabel(call: Call): Label {
  const found = call.repository.labels.get((call.params['name'] ?? '').toLowerCase());
  if (found === undefined) throw notFound();
  return found;
}

function editLabel(call: Call) {
  const known = knownLabel(call);
  known.color = textField(call, 'color') ?? known.color;
  known.description = textField(call, 'description') ?? known.description;
  return ok(label(call.repository, known));
}
