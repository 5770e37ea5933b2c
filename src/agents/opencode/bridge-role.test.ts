import { afterEach, beforeEach, expect, test } from 'vitest';
import { bridgeSource } from './bridge.ts';

const fetched = globalThis.fetch;
beforeEach(() => {
  globalThis.fetch = fetched;
});
afterEach(() => {
  globalThis.fetch = fetched;
});

interface Config {
  agent: Record<string, object>;
  permission?: unknown;
}

/** Shows how the configuration changes when OpenCode passes it to the plugin. */
async function taken(given: { tools: readonly string[] | null; permission?: unknown }): Promise<Config> {
  const role = { agent: 'yardmaster-x', prompt: 'You are {env:X} "it".', tools: given.tools };
  const source = bridgeSource({ restore: {}, tells: false, servers: [], required: [], role });
  const plugin = (await import(`data:text/javascript,${encodeURIComponent(source)}`)) as {
    Yardmaster: (input: object) => Promise<{ config: (all: Config) => Promise<void> }>;
  };
  const all: Config = { agent: { 'yardmaster-x': { mode: 'primary', permission: { edit: 'allow' } } }, permission: given.permission };
  await (await plugin.Yardmaster({})).config(all);
  return all;
}

test('its agent has the prompt as it stands, and nothing of its own beside', async () => {
  const { agent, permission } = await taken({ tools: null, permission: { bash: 'ask' } });
  expect(agent).toEqual({ 'yardmaster-x': { mode: 'primary', prompt: 'You are {env:X} "it".', permission: {} } });
  expect(permission).toEqual({ bash: 'ask' });
});

const rest = { external_directory: 'allow', doom_loop: 'allow' };
test.each<[told: unknown, tools: readonly string[], expected: object]>([
  [undefined, ['read', 'bash'], { '*': 'deny', read: 'allow', bash: 'allow', ...rest }],
  [{}, [], { '*': 'deny', ...rest }],
  ['ask', ['read'], { '*': 'deny', read: 'ask', external_directory: 'ask', doom_loop: 'ask' }],
  ['deny', ['read'], { '*': 'deny', read: 'deny', external_directory: 'deny', doom_loop: 'deny' }],
  [{ '*': 'allow' }, ['read'], { '*': 'deny', read: 'allow', ...rest }],
  [{ bash: { 'git push *': 'deny' } }, ['bash'], { '*': 'deny', bash: { '*': 'allow', 'git push *': 'deny' }, ...rest }],
  [{ bash: { '*': 'deny', 'git *': 'allow' } }, ['bash'], { '*': 'deny', bash: { '*': 'deny', 'git *': 'allow' }, ...rest }],
  [{ bash: { '*': 'deny' }, '*': 'allow' }, ['bash'], { '*': 'deny', bash: 'allow', ...rest }],
  [{ bash: 'allow', edit: { '*': 'allow' } }, ['read'], { '*': 'deny', read: 'allow', ...rest }],
  [{ edit: 'deny' }, ['read'], { '*': 'deny', read: 'allow', edit: 'deny', ...rest }],
  [{ 'docs_*': 'deny' }, ['docs_*'], { '*': 'deny', 'docs_*': 'deny', ...rest }],
  [{ docs_find: 'deny' }, ['docs_*'], { '*': 'deny', 'docs_*': 'allow', docs_find: 'deny', ...rest }],
  [
    { '*': 'deny', docs_find: 'allow' },
    ['docs_*'],
    { '*': 'deny', 'docs_*': 'deny', docs_find: 'allow', external_directory: 'deny', doom_loop: 'deny' },
  ],
  [{ 'do*_find': 'deny', 'do*_get': 'allow' }, ['docs_*'], { '*': 'deny', 'docs_*': 'allow', 'do*_find': 'deny', ...rest }],
  [{ 'web?etch*': { 'http://x*': 'deny' } }, ['webfetch'], { '*': 'deny', webfetch: { '*': 'allow', 'http://x*': 'deny' }, ...rest }],
  [{ 'w.bfetch': 'deny' }, ['webfetch'], { '*': 'deny', webfetch: 'allow', 'w.bfetch': 'deny', ...rest }],
])('of %j, tools %j leave %j', async (told, tools, expected) => {
  const { permission } = await taken({ tools, permission: told });
  expect(permission).toEqual(expected);
  // The last matching rule wins, so the general denial must come before every rule that allows.
  expect(Object.keys(permission as object)[0]).toBe('*');
});
