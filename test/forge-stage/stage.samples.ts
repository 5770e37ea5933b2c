// What the stage's own tests share: a client that only sends what it is told, and git as a person runs it.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { gitEnvironment } from './bare-repository.ts';
import type { ForgeStage } from './stage.ts';

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed; null where there is none. */
  // eslint-disable-next-line typescript/no-explicit-any -- the tests look into answers of every shape
  readonly body: any;
}

export interface Client {
  readonly token: string;
  rest(method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<Answered>;
  graphql(query: string, variables?: object): Promise<Answered>;
}

export function connect(stage: ForgeStage, token: string): Client {
  const send = async (url: string, init: RequestInit): Promise<Answered> => {
    const response = await fetch(url, { ...init, redirect: 'manual' });
    const text = await response.text();
    const json = response.headers.get('content-type')?.startsWith('application/json') === true && text !== '';
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text === '' ? null : text };
  };
  return {
    token,
    rest: (method, path, body, headers = {}) =>
      send(`${stage.url}/api/v3${path}`, {
        method,
        headers: { ...(token === '' ? {} : { authorization: `token ${token}` }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    graphql: (query, variables = {}) =>
      send(`${stage.url}/api/graphql`, {
        method: 'POST',
        headers: { authorization: `bearer ${token}` },
        body: JSON.stringify({ query, variables }),
      }),
  };
}

/** Runs git without blocking the stage, which answers from this process. */
export async function git(cwd: string, ...args: readonly string[]): Promise<string> {
  const env = { ...gitEnvironment(), GIT_AUTHOR_NAME: 'Robot', GIT_AUTHOR_EMAIL: 'robot@example.org' };
  const { stdout } = await promisify(execFile)('git', [...args], { cwd, env });
  return stdout.trim();
}

/** `acme/app` with a robot and a person who may write, and a stranger who may not. */
export function addApp(stage: ForgeStage): Client {
  stage.person('acme', { kind: 'organization' });
  stage.addRepository({
    name: 'acme/app',
    people: { robot: 'write', alice: 'write', root: 'admin' },
    allowAutoMerge: true,
    mergeAsync: true,
  });
  return connect(stage, stage.token({ login: 'robot' }));
}

/** A branch with one changed file, and its pull request. */
export function openOne(stage: ForgeStage, branch = 't1', files: Readonly<Record<string, string>> = { [`${branch}.txt`]: `${branch}\n` }) {
  const at = { repository: 'acme/app', branch };
  stage.as('robot').push({ ...at, files, message: `Work of ${branch}` });
  const pull = stage.as('robot').open({ repository: 'acme/app', head: branch, title: `Pull ${branch}` });
  return { repository: 'acme/app', number: pull.number };
}
