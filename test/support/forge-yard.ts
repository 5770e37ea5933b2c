// A yard whose remote is at the stage of a forge: the person is signed in there, and pull requests are opened without asking.
import { onTestFinished } from 'vitest';
import { ForgeStage } from '../forge-stage/stage.ts';
import { openYard, type Yard, type YardOptions } from './yard.ts';

export const repository = 'acme/app';

export interface ForgeYard {
  readonly yard: Yard;
  readonly forge: ForgeStage;
  /** Everything that our program wrote at the forge: the methods and paths of its requests that were no mere reading. */
  writes(): readonly string[];
}

export async function openForgeYard(
  options: YardOptions & { readonly rounds?: number; readonly prepare?: (forge: ForgeStage) => void },
): Promise<ForgeYard> {
  const forge = await ForgeStage.start();
  onTestFinished(() => forge.close());
  forge.addRepository({ name: repository, people: { robot: 'write', ada: 'write' }, associations: { robot: 'MEMBER', ada: 'MEMBER' } });
  options.prepare?.(forge);
  const { config = {} } = options;
  const delivery = { pullRequest: { open: 'always' }, ...(config['delivery'] as object | undefined) };
  const github = { token: 'env:FORGE_TOKEN', hosts: [forge.host], roundSeconds: 0.2 };
  const yard = await openYard({
    ...options,
    remote: false,
    config: { ...config, delivery, forge: { github } },
    env: { ...options.env, FORGE_TOKEN: forge.token({ login: 'robot' }) },
  });
  yard.git('remote', 'add', 'origin', forge.remote(repository));
  // The stage is in this process, which a git of the test's own blocks: it has to reach the repository by its path.
  yard.git('push', '--quiet', '--force', forge.repository(repository).bare.path, 'main');
  fetchBase({ yard, forge });
  onTestFinished(() => {
    const violations = forge.violations();
    if (violations.length > 0) throw new Error(`not as GitHub describes it: ${violations.join('; ')}`);
  });
  const writes = (): readonly string[] =>
    forge.journal
      .entries()
      .flatMap(({ method, path }) =>
        method === 'GET' || path.endsWith('/graphql') || path.includes('.git/') ? [] : [`${method} ${path}`],
      );
  return { yard, forge, writes };
}

/** Brings the person's repository up to date with the base at the forge. */
export function fetchBase({ yard, forge }: { readonly yard: Yard; readonly forge: ForgeStage }): void {
  yard.git('fetch', '--quiet', forge.repository(repository).bare.path, '+main:refs/remotes/origin/main');
  yard.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
}
