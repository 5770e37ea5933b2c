// What a repository allows, where it is now, and the text that people fill in for a new pull request there.
import type { ForgeRepository, ForgeRepositoryFacts, MergeMethod } from '../../core/delivery/pull-facts.ts';
import { fields, text, type Fields } from '../../lib/fields.ts';
import { slug, type Desk } from './desk.ts';

/** Where GitHub looks for a template, in its order. */
const templates = ['.github/', '', 'docs/'].flatMap((folder) =>
  ['pull_request_template.md', 'PULL_REQUEST_TEMPLATE.md'].map((name) => folder + name),
);

export async function repositoryFacts(desk: Desk, repository: ForgeRepository): Promise<ForgeRepositoryFacts> {
  const { data } = await desk.client.ask({
    route: 'GET /repos/{owner}/{repo}',
    with: { owner: repository.owner, repo: repository.name },
    of: slug(repository),
    right: 'metadata: read',
  });
  const found = fields(data) ?? {};
  const at = {
    host: repository.host,
    owner: text(fields(found['owner'])?.['login']) ?? repository.owner,
    name: text(found['name']) ?? repository.name,
  };
  return {
    at,
    defaultBranch: text(found['default_branch']) ?? 'main',
    methods: methodsOf(found),
    archived: found['archived'] === true,
    canPush: fields(found['permissions'])?.['push'] === true,
    parent: text(fields(found['parent'])?.['full_name']),
    template: await templateOf(desk, at),
  };
}

/** GitHub tells these only to those who may write; others see no method as forbidden. */
function methodsOf(found: Fields): readonly MergeMethod[] {
  const keys = { squash: 'allow_squash_merge', merge: 'allow_merge_commit', rebase: 'allow_rebase_merge' } as const;
  return (['squash', 'merge', 'rebase'] as const).filter((method) => found[keys[method]] !== false);
}

/** One query for all places. A token that may not read the contents sees none. */
async function templateOf(desk: Desk, { owner, name }: ForgeRepository): Promise<string | null> {
  const parts = templates.map((path, index) => `t${index}: object(expression: "HEAD:${path}") { ... on Blob { text } }`);
  const query = `query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { ${parts.join(' ')} } rateLimit { cost } }`;
  const { data } = await desk.client.query({ query, with: { owner, name }, of: `${owner}/${name}` });
  const found = fields(data?.['repository']);
  return templates.map((_, index) => text(fields(found?.[`t${index}`])?.['text'])).find((one) => one !== null) ?? null;
}
