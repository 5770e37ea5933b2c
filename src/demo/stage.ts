// The demo's stage: a throw-away repository whose remote is at a forge on loopback, a home of its own, and a configuration
// that points both agents at the scripted model. Nothing of the person's own configuration or credentials is read.
import { execa } from 'execa';
import { chmod, mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ForgeStage } from '../../test/forge-stage/stage.ts';
import { withoutProvider } from '../core/route/model-name.ts';
import { checks, files, models, repository } from './scenario.ts';

export interface Stage {
  readonly root: string;
  readonly repo: string;
  /** The whole environment of the demo's commands. */
  readonly env: Readonly<Record<string, string>>;
  /** Brings what was merged into the repository; the forge ends with the demo. */
  fetch(): Promise<unknown>;
}

export async function setStage(given: {
  readonly url: string;
  readonly binaries: Readonly<Record<string, string>>;
  readonly path: string;
  readonly forge: ForgeStage;
}): Promise<Stage> {
  const { forge } = given;
  const root = await realpath(await mkdtemp(join(tmpdir(), 'yardmaster-demo-')));
  const repo = join(root, 'greeter');
  const home = join(root, 'person');
  await mkdir(home);
  const env = {
    PATH: given.path,
    HOME: home,
    YARDMASTER_HOME: join(root, 'home'),
    LANG: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    // Trust is safe here, because the demo wrote the configuration of its repository itself.
    YARDMASTER_TRUST: '1',
    DEMO_TOKEN: prepareForge(forge),
  };
  await writeFile(join(home, '.gitconfig'), '[user]\n\tname = Demo\n\temail = demo@localhost\n[init]\n\tdefaultBranch = main\n');
  const git = (...args: string[]): Promise<unknown> => execa('git', args, { cwd: repo, env, extendEnv: false, timeout: 30_000 });
  await mkdir(repo);
  await git('init', '--quiet', '--initial-branch=main');
  for (const [name, content] of Object.entries(files)) await writeFile(join(repo, name), content);
  await chmod(join(repo, 'check.sh'), 0o755);
  await writeFile(join(root, 'no-models.json'), '{}');
  await writeFile(join(repo, 'yardmaster.yaml'), stringify(configuration({ ...given, root })));
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'A greeter');
  await git('remote', 'add', 'origin', forge.remote(repository));
  await git('push', '--quiet', '--force', '--set-upstream', 'origin', 'main');
  forge.protect(repository, 'main', { checks: checks.map(({ name }) => name) });
  return { root, repo, env, fetch: () => git('fetch', '--quiet', 'origin') };
}

/** Answers the token of the demo's account. Every head that is pushed later is checked by the forge. */
function prepareForge(forge: ForgeStage): string {
  forge.addRepository({ name: repository, people: { demo: 'admin' } });
  const failed = new Set<string>();
  forge.onPush(({ branch }) => {
    for (const { name, failsFirst } of branch === 'main' ? [] : checks) {
      const log = failed.has(branch) ? undefined : Object.entries(failsFirst).find(([task]) => branch.includes(`/${task}-`))?.[1];
      if (log !== undefined) failed.add(branch);
      forge.check({ repository, branch, name, conclusion: log === undefined ? 'success' : 'failure', log: log ?? '' });
    }
  });
  return forge.token({ login: 'demo' });
}

const cost = { input: 3, output: 15 };
const limit = { context: 200_000, output: 8192 };

function configuration(given: { url: string; root: string; binaries: Readonly<Record<string, string>>; forge: ForgeStage }): unknown {
  const { url, binaries, forge } = given;
  const key = 'a-dummy-key';
  const provider = {
    anthropic: {
      npm: '@ai-sdk/anthropic',
      options: { baseURL: `${url}/v1`, apiKey: key },
      models: { [withoutProvider(models.first)]: { name: 'First', cost, limit } },
    },
    acme: {
      npm: '@ai-sdk/openai-compatible',
      name: 'Acme',
      options: { baseURL: `${url}/v1`, apiKey: key },
      models: { [withoutProvider(models.second)]: { name: 'Second', cost, limit } },
    },
  };
  return {
    agents: {
      claude: { path: binaries['claude'], env: { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key } },
      // An empty list of models makes the start faster; the models above are all that is needed.
      opencode: { path: binaries['opencode'], env: { OPENCODE_MODELS_PATH: join(given.root, 'no-models.json') }, config: { provider } },
    },
    worker: { stallMinutes: 2, wallMinutes: 5, backoffSeconds: 1 },
    delivery: { checks: ['sh check.sh'], pullRequest: { open: 'always' }, merge: { when: 'green' }, verify: ['sh check.sh'] },
    forge: { github: { token: 'env:DEMO_TOKEN', hosts: [forge.host], roundSeconds: 1 } },
  };
}
