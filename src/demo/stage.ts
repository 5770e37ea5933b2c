// The demo's stage: a throw-away repository with a bare remote, a home of its own, and a configuration that points both
// agents at the scripted model. Nothing of the person's own configuration or credentials is read.
import { execa } from 'execa';
import { chmod, mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { withoutProvider } from '../core/route/model-name.ts';
import { files, models } from './scenario.ts';

export interface Stage {
  readonly root: string;
  readonly repo: string;
  /** The whole environment of the demo's commands. */
  readonly env: Readonly<Record<string, string>>;
}

export async function setStage(given: {
  readonly url: string;
  readonly binaries: Readonly<Record<string, string>>;
  readonly path: string;
}): Promise<Stage> {
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
  };
  await writeFile(join(home, '.gitconfig'), '[user]\n\tname = Demo\n\temail = demo@localhost\n[init]\n\tdefaultBranch = main\n');
  const git = (...args: string[]): Promise<unknown> => execa('git', args, { cwd: repo, env, extendEnv: false, timeout: 30_000 });
  await mkdir(repo);
  await execa('git', ['init', '--quiet', '--bare', '--initial-branch=main', join(root, 'origin.git')], {
    env,
    extendEnv: false,
    timeout: 30_000,
  });
  await git('init', '--quiet', '--initial-branch=main');
  for (const [name, content] of Object.entries(files)) await writeFile(join(repo, name), content);
  await chmod(join(repo, 'check.sh'), 0o755);
  await writeFile(join(root, 'no-models.json'), '{}');
  await writeFile(join(repo, 'yardmaster.yaml'), stringify(configuration({ ...given, root })));
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'A greeter');
  await git('remote', 'add', 'origin', join(root, 'origin.git'));
  await git('push', '--quiet', 'origin', 'main');
  return { root, repo, env };
}

const cost = { input: 3, output: 15 };
const limit = { context: 200_000, output: 8192 };

function configuration(given: { url: string; root: string; binaries: Readonly<Record<string, string>> }): unknown {
  const { url, binaries } = given;
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
    delivery: { checks: ['sh check.sh'] },
  };
}
