import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localSite } from '../../places/local/site.ts';
import { opencode } from './adapter.ts';

let root = '';
const cwd = (): string => join(root, 'projects', 'repo', 'packages', 'one');

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'yard-survey-'));
  await mkdir(cwd(), { recursive: true });
  await mkdir(join(root, 'home'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function lay(path: string, content: unknown): Promise<void> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
}

function survey(env: Record<string, string>): ReturnType<typeof opencode.survey> {
  const request = { checkout: cwd(), taskFolder: join(root, 'task'), privateFolder: join(root, 'private') };
  const site = localSite({ ...request, env: { HOME: join(root, 'home'), ...env } });
  return opencode.survey({ site, settings: { path: 'x', env: {}, args: [], config: {} } });
}

async function servers(env: Record<string, string> = {}): Promise<readonly string[]> {
  return (await survey(env)).mcpServers;
}

const local = { type: 'local', command: ['x'] };

describe('servers are found in', () => {
  test.each([
    'home/.config/opencode/config.json',
    'home/.config/opencode/opencode.json',
    'home/.config/opencode/opencode.jsonc',
    'home/.opencode/opencode.json',
    'projects/repo/packages/one/opencode.json',
    'projects/repo/packages/one/opencode.jsonc',
    'projects/repo/packages/one/.opencode/opencode.json',
    'projects/repo/opencode.jsonc',
    'projects/repo/.opencode/opencode.jsonc',
    'opencode.json',
  ])('%s', async (path) => {
    await lay(path, { mcp: { docs: local } });
    expect(await servers()).toEqual(['docs']);
  });

  test('the folder that XDG_CONFIG_HOME names, and no longer in the one of HOME', async () => {
    await lay('config/opencode/opencode.json', { mcp: { there: local } });
    await lay('home/.config/opencode/opencode.json', { mcp: { here: local } });
    expect(await servers({ XDG_CONFIG_HOME: join(root, 'config') })).toEqual(['there']);
  });

  test('the file that OPENCODE_CONFIG and the folder that OPENCODE_CONFIG_DIR name', async () => {
    await lay('else/my.jsonc', { mcp: { file: local } });
    await lay('dir/opencode.json', { mcp: { folder: local } });
    expect(await servers({ OPENCODE_CONFIG: join(root, 'else/my.jsonc') })).toEqual(['file']);
    expect(await servers({ OPENCODE_CONFIG_DIR: join(root, 'dir') })).toEqual(['folder']);
  });

  test('all of them together, each name once, in order', async () => {
    await lay('home/.config/opencode/opencode.json', { mcp: { b: local, a: local } });
    await lay('projects/repo/opencode.json', { mcp: { b: { enabled: false }, c: { type: 'remote', url: 'https://x.example' } } });
    expect(await servers()).toEqual(['a', 'b', 'c']);
  });

  test('both forms of the configuration', async () => {
    await lay('home/.config/opencode/opencode.json', { mcp: { timeout: 5, servers: { inner: local } } });
    await lay('projects/repo/opencode.json', { mcp: { servers: local } });
    expect(await servers()).toEqual(['inner', 'servers']);
  });

  test('a file with comments, trailing commas and a mark at its front', async () => {
    await lay(
      'projects/repo/opencode.jsonc',
      '\uFEFF// mine\n{\n  /* "mcp": {"no": {}}, */\n  "mcp": {\n    "docs": {"type": "local", "command": ["//x"],}, // one\n  },\n}\n',
    );
    expect(await servers()).toEqual(['docs']);
  });

  test('the part of a broken file that can be read, and in all others', async () => {
    await lay('projects/repo/opencode.json', '{"mcp": {"docs": {"type": "local"}, "half": {"ty');
    await lay('projects/repo/packages/one/opencode.json', { mcp: { whole: local } });
    expect(await servers()).toEqual(expect.arrayContaining(['docs', 'whole']));
  });
});

test.each(['', 'null', '7', '[]', '{"mcp":null}', '{"mcp":[{"a":1}]}', '{"mcp":"x"}', '\u0000\u0001', '<html>'])(
  'a file of %j has none',
  async (content) => {
    await lay('projects/repo/opencode.json', content);
    expect(await servers()).toEqual([]);
  },
);

test('a folder or a broken link in the place of a file has none', async () => {
  await mkdir(join(root, 'projects/repo/opencode.json'));
  await symlink(join(root, 'nowhere'), join(cwd(), 'opencode.json'));
  expect(await servers()).toEqual([]);
});

describe('the credential file', () => {
  test('is found where the person’s data are', async () => {
    await lay('home/.local/share/opencode/auth.json', '{"openai":{"type":"api","key":"k"}}');
    await lay('data/opencode/auth.json', '{}');
    const at = async (env: Record<string, string>): Promise<string | null> => (await survey(env)).authFile;
    expect(await at({})).toBe(join(root, 'home/.local/share/opencode/auth.json'));
    expect(await at({ XDG_DATA_HOME: join(root, 'data') })).toBe(join(root, 'data/opencode/auth.json'));
    expect(await at({ XDG_DATA_HOME: join(root, 'none') })).toBe(null);
  });
});

test('the version is a line of its own', () => {
  expect(opencode.version('1.18.33\n')).toBe('1.18.33');
  expect(opencode.version('warning: slow\n1.19.0-beta.2\n')).toBe('1.19.0-beta.2');
  expect(opencode.version('opencode 1.18.33')).toBe(null);
});
