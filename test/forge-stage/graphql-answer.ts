// Answers GraphQL by the real library over GitHub's real schema: what the schema refuses is refused as GitHub does, and what
// it has but the stage has not is reported, never answered with a null.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSchema, executeSync, getOperationAST, GraphQLError, parse, specifiedRules, validate } from 'graphql';
import type { DocumentNode, GraphQLResolveInfo, GraphQLSchema, OperationDefinitionNode, ValidationRule } from 'graphql';
import type { Answer } from './api-call.ts';
import { costOf, rootFields } from './graphql-cost.ts';
import { mutations } from './graphql-mutations.ts';
import { nodeById } from './graphql-nodes.ts';
import { countQuestions, pullView } from './graphql-pull-view.ts';
import { issueView } from './graphql-whole-issue-view.ts';
import type { Args, Viewing } from './graphql-viewing.ts';
import { actorView } from './graphql-viewing.ts';
import { commitView, entryView, queueView, refView, repositoryView } from './graphql-repository-view.ts';
import { notFound, Refusal } from './refusal.ts';
import type { Token, World } from './state.ts';
import { may } from './state.ts';

/**
 * What GitHub's schema has, but its package has not: nothing newer than 15.26.1 is published. Issues have dependencies since
 * August 2025 (docs.github.com/en/graphql/reference/objects#issue).
 */
const later = 'extend type Issue { blockedBy(after: String, before: String, first: Int, last: Int): IssueConnection! }';

let built: GraphQLSchema | null = null;

/** Takes a quarter of a second, so it is done once for all stages of a process. */
function schema(): GraphQLSchema {
  // The built program has the file beside it. The package exports only a module that reads it along with a larger copy.
  const beside = new URL('schema.graphql', import.meta.url);
  const file = existsSync(beside) ? beside : new URL('schema.graphql', import.meta.resolve('@octokit/graphql-schema'));
  built ??= buildSchema(`${readFileSync(fileURLToPath(file), 'utf8')}\n${later}`, {
    assumeValid: true,
    assumeValidSDL: true,
    noLocation: true,
  });
  return built;
}

export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | null;
  readonly writes: boolean;
}

export function readGraphql(body: unknown): GraphqlRequest {
  const given = (typeof body === 'object' && body !== null ? body : {}) as {
    query?: unknown;
    variables?: unknown;
    operationName?: unknown;
  };
  const query = typeof given.query === 'string' ? given.query : '';
  return {
    query,
    variables: typeof given.variables === 'object' && given.variables !== null ? (given.variables as Record<string, unknown>) : {},
    operationName: typeof given.operationName === 'string' ? given.operationName : null,
    writes: /^\s*mutation\b/m.test(query),
  };
}

export interface GraphqlAnswer {
  readonly answer: Answer;
  readonly cost: number;
  readonly fields: readonly string[];
  readonly problems: readonly string[];
}

export function limitedGraphql({ reset }: { readonly reset: number }): Answer {
  return { status: 200, body: { errors: [{ type: 'RATE_LIMITED', message: `API rate limit exceeded, until ${reset}` }] } };
}

/** `refused`: the name of a field that this token may not use. */
export function answerGraphql(
  world: World,
  given: { readonly asked: GraphqlRequest; readonly token: Token | null; readonly refused: string | null },
): GraphqlAnswer {
  const { asked, token, refused } = given;
  if (token === null) {
    const body = {
      message: 'This endpoint requires you to be authenticated.',
      documentation_url: 'https://docs.github.com/graphql',
      status: '401',
    };
    return { answer: { status: 401, body }, cost: 0, fields: [], problems: [] };
  }
  const read = readDocument(world, asked);
  if ('errors' in read) return refusedQuery(read.errors, asked);
  const { document, operation } = read;
  const fields = rootFields(operation);
  const cost = costOf({ schema: schema(), document, operation, variables: asked.variables });
  if (cost.problems.length > 0)
    return {
      ...refusedQuery(
        cost.problems.map((message) => new GraphQLError(message)),
        asked,
      ),
      fields,
    };
  if (cost.nodes > 500_000)
    return {
      ...refusedQuery(
        [new GraphQLError(`This query requests up to ${cost.nodes} possible nodes, which exceeds the maximum limit of 500,000.`)],
        asked,
      ),
      fields,
    };
  const viewing = viewingAs(world, token);
  const problems: string[] = [];
  const result = executeSync({
    schema: schema(),
    document,
    rootValue: operation.operation === 'mutation' ? mutations(viewing) : queries(viewing, cost),
    variableValues: asked.variables,
    operationName: asked.operationName,
    fieldResolver: (source: unknown, args: Args, _: unknown, info: GraphQLResolveInfo) =>
      resolveField({ source, args, info, refused, problems }),
    typeResolver: (value: unknown) => (value as { __typename: string }).__typename,
  });
  countQuestions(viewing);
  const errors = (result.errors ?? []).map((error) => shapeOf(error, problems));
  const data = errors.some(({ type }) => type === 'FORBIDDEN') && world.refusalsFailAll ? null : result.data;
  const body = { data, ...(errors.length === 0 ? {} : { errors }) };
  return { answer: { status: 200, body }, cost: cost.points, fields, problems };
}

function viewingAs(world: World, token: Token): Viewing {
  const viewing: Viewing = {
    ...{ world, token, asked: new Set() },
    show: {
      repository: (repository) => repositoryView(viewing, repository),
      commit: (repository, sha) => commitView(viewing, repository, sha),
      ref: (repository, branch) => refView(viewing, repository, branch),
      queue: (repository, branch) => queueView(viewing, repository, branch),
      pull: (pull) => pullView(viewing, pull),
      issue: (issue) => issueView(viewing, issue),
      entry: (pull) => entryView(viewing, pull),
    },
  };
  return viewing;
}

/** An older host, in GitHub's words, which are other ones than those of the library. */
function olderHost({ dependencies, subIssues }: World): ValidationRule {
  const lacking = [...(dependencies ? [] : ['blockedBy']), ...(subIssues ? [] : ['parent'])];
  return (context) => ({
    Field: ({ name: { value } }) => {
      if (context.getParentType()?.name === 'Issue' && lacking.includes(value))
        context.reportError(new GraphQLError(`Field '${value}' doesn't exist on type 'Issue'`));
    },
  });
}

function readDocument(
  world: World,
  asked: GraphqlRequest,
): { readonly document: DocumentNode; readonly operation: OperationDefinitionNode } | { readonly errors: readonly GraphQLError[] } {
  try {
    const document = parse(asked.query);
    const errors = validate(schema(), document, [...specifiedRules, olderHost(world)]);
    const operation = getOperationAST(document, asked.operationName);
    if (errors.length > 0 || operation == null) return { errors: errors.length > 0 ? errors : [new GraphQLError('No operation named')] };
    return { document, operation };
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [error] };
    throw error;
  }
}

/** GitHub answers such a query with 200 and errors that have no data beside them. */
function refusedQuery(errors: readonly GraphQLError[], asked: GraphqlRequest): GraphqlAnswer {
  const body = { errors: errors.map((error) => ({ message: error.message, locations: error.locations ?? [], path: ['query'] })) };
  const problems = errors.map(
    (error) => `GitHub refuses the query: ${error.message} (${asked.query.replaceAll(/\s+/g, ' ').slice(0, 200)})`,
  );
  return { answer: { status: 200, body }, cost: 1, fields: [], problems };
}

function resolveField(given: {
  readonly source: unknown;
  readonly args: Args;
  readonly info: GraphQLResolveInfo;
  readonly refused: string | null;
  readonly problems: string[];
}): unknown {
  const { source, args, info, refused, problems } = given;
  if (info.fieldName === refused) throw new Refusal({ status: 403, message: 'Resource not accessible by personal access token' });
  const value = (source as Record<string, unknown>)[info.fieldName];
  if (value === undefined) {
    problems.push(`the stage has no ${info.parentType.name}.${info.fieldName}`);
    return null;
  }
  return typeof value === 'function' ? (value as (args: Args) => unknown)(args) : value;
}

interface ErrorShape {
  readonly type?: string;
  readonly path: readonly (string | number)[];
  readonly locations: unknown;
  readonly message: string;
}

function shapeOf(error: GraphQLError, problems: string[]): ErrorShape {
  const cause = error.originalError;
  const where = { path: error.path ?? [], locations: error.locations ?? [], message: error.message };
  if (cause instanceof Refusal) return { type: cause.type, ...where, message: cause.sentence };
  // Everything else is a fault of the stage, or variables that do not fit.
  problems.push(`GraphQL failed: ${error.message} at ${(error.path ?? []).join('.')} ${cause?.stack ?? ''}`);
  return where;
}

function queries(
  viewing: Viewing,
  cost: { readonly points: number; readonly nodes: number },
): Readonly<Record<string, (args: Args) => unknown>> {
  const { world, token } = viewing;
  const node = (id: unknown): unknown => nodeById(viewing, String(id));
  return {
    // Whoever an App's token belongs to is named as in REST here, and only here.
    viewer: () => ({ ...actorView(viewing, token.login), login: token.login }),
    rateLimit: () => rateLimit(viewing, cost),
    repository: ({ owner, name }) => {
      const key = `${String(owner)}/${String(name)}`;
      const found = world.repositories.get(key.toLowerCase()) ?? world.moved.get(key.toLowerCase());
      if (found === undefined || !may(found, token.login, 'read'))
        throw notFound(`Could not resolve to a Repository with the name '${key}'.`);
      return repositoryView(viewing, found);
    },
    user: ({ login }) => actorView(viewing, String(login)),
    node: ({ id }) => node(id),
    nodes: ({ ids }) => (ids as readonly unknown[]).map((id) => valueOrError(() => node(id))),
  };
}

/** An error in a list takes only its own place. */
function valueOrError(compute: () => unknown): unknown {
  try {
    return compute();
  } catch (error) {
    return error;
  }
}

function rateLimit({ world, token }: Viewing, cost: { readonly points: number; readonly nodes: number }): object {
  const { limit, used, remaining, reset } = world.limits.hour(token.login, 'graphql');
  // The query itself counts already.
  const left = Math.max(0, remaining - cost.points);
  return {
    cost: cost.points,
    limit,
    nodeCount: cost.nodes,
    remaining: left,
    used: used + cost.points,
    resetAt: new Date(reset * 1_000).toISOString().replace('.000Z', 'Z'),
  };
}
