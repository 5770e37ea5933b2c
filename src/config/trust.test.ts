// A repository's configuration before it is trusted, afterwards, and after a change.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings, type Loaded } from './load.ts';
import { settingsMark } from './settings-mark.ts';
import { adoptTrust, lookAtTrust, trustAsItStands } from './trust.ts';
import { trustedFile } from './trusted.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'yard-trust-'));
  for (const folder of ['repo/.yardmaster', 'config/yardmaster', 'home']) mkdirSync(join(root, folder), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const repo = (): string => join(root, 'repo');
const env = (): Record<string, string> => ({ XDG_CONFIG_HOME: join(root, 'config'), YARDMASTER_HOME: join(root, 'home') });
const load = (more: Record<string, string> = {}): Promise<Loaded> => loadSettings({ env: { ...env(), ...more }, repo: repo(), flags: {} });
const says = (text: string): void => writeFileSync(join(repo(), 'yardmaster.yaml'), text);
const describes = (text: string): void => writeFileSync(join(repo(), '.yardmaster/mcp.yaml'), text);
const give = (): Promise<void> => trustAsItStands({ env: env(), repo: repo() });
const stateOf = async (): Promise<string> => (await lookAtTrust({ env: env(), repo: repo() })).state;

const evil = 'agents: {claude: {path: ./evil.sh}}\nmodels: {default: haiku}\ndelivery:\n  checks: [npm test]\n';

describe('never trusted', () => {
  it('holds in what needs no trust, and in nothing else', async () => {
    says(evil);
    describes('servers: {docs: {command: ./evil.sh}}');
    const { settings, origins } = await load();
    expect(settings.agents['claude']?.path).toBe('claude');
    expect(settings.delivery.checks).toEqual([]);
    expect(settings.mcp).toEqual({});
    expect([settings.models.default, origins['models.default']]).toEqual(['haiku', `${repo()}/yardmaster.yaml:2`]);
    expect(origins['agents.claude.path']).toBe('default');
    const keys = ['agents.claude.path', 'delivery.checks', 'servers.docs'];
    expect(settings.untrusted.before).toBe(false);
    for (const key of keys)
      expect(
        settings.untrusted.keys.some((one) => one.startsWith(key)),
        key,
      ).toBe(true);
    expect(await stateOf()).toBe('never');
  });

  it('empties no map of the person’s, and no list either', async () => {
    const own = 'agents: {opencode: {config: {permission: deny}}, claude: {config: {permissions: [a]}}}\n';
    writeFileSync(join(root, 'config/yardmaster/config.yaml'), own);
    says('agents: {opencode: {config: {permission: {}, more: {}}}, claude: {config: {permissions: {}}}}\n');
    const { settings } = await load();
    expect(settings.agents).toMatchObject({ opencode: { config: { permission: 'deny' } }, claude: { config: { permissions: ['a'] } } });
    expect(settings.untrusted.keys).toEqual([
      'agents.opencode.config.permission',
      'agents.opencode.config.more',
      'agents.claude.config.permissions',
    ]);
    await give();
    expect((await load()).settings).toMatchObject({
      agents: { opencode: { config: { permission: {}, more: {} } } },
      untrusted: { keys: [] },
    });
  });

  it('keeps no server of the person’s of the same name from them', async () => {
    mkdirSync(join(root, 'config/yardmaster/agents'));
    writeFileSync(join(root, 'config/yardmaster/agents/mcp.yaml'), 'servers: {docs: {command: mine}}');
    describes('servers: {docs: {command: ./evil.sh}}');
    expect((await load()).settings.mcp).toMatchObject({ docs: { command: ['mine'] } });
    await give();
    expect((await load()).settings.mcp).toMatchObject({ docs: { command: ['./evil.sh'] } });
  });

  it('needs nothing where nothing asks for it', async () => {
    expect(await stateOf()).toBe('nothing');
    says('models: {default: haiku}\nworker: {maxSteps: 10}\n');
    expect((await load()).settings.untrusted).toEqual({ keys: [], before: false, text: '' });
    expect(await stateOf()).toBe('nothing');
    await give();
    expect(existsSync(trustedFile({ env: env(), repo: repo() }))).toBe(false);
  });

  it.each(['1', 'true', 'Yes'])('holds wholly with YARDMASTER_TRUST=%s', async (word) => {
    says(evil);
    const { settings } = await load({ YARDMASTER_TRUST: word });
    expect([settings.agents['claude']?.path, settings.untrusted.keys]).toEqual(['./evil.sh', []]);
    expect((await load({ YARDMASTER_TRUST: '0' })).settings.agents['claude']?.path).toBe('claude');
    await expect(load({ YARDMASTER_TRUST: 'perhaps' })).rejects.toThrow('YARDMASTER_TRUST is "perhaps"');
  });
});

describe('trusted', () => {
  it('holds wholly, in a file that only its owner reads', async () => {
    says(evil);
    await give();
    const { settings, origins } = await load();
    expect([settings.agents['claude']?.path, settings.delivery.checks, settings.untrusted.keys]).toEqual(['./evil.sh', ['npm test'], []]);
    expect(origins['agents.claude.path']).toBe(`${repo()}/yardmaster.yaml:1`);
    expect(await stateOf()).toBe('trusted');
    expect(statSync(trustedFile({ env: env(), repo: repo() })).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, 'home/trust')).mode & 0o777).toBe(0o700);
  });

  it('holds for this repository, and for none that its record is copied to', async () => {
    says(evil);
    await give();
    const other = join(root, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'yardmaster.yaml'), evil);
    writeFileSync(trustedFile({ env: env(), repo: other }), JSON.stringify({ repo: repo(), config: evil, servers: null }));
    expect((await lookAtTrust({ env: env(), repo: other })).state).toBe('never');
  });

  it('and changed: what was trusted holds still, what needs no trust holds as it stands', async () => {
    says(evil);
    describes('servers: {docs: {command: good}}');
    await give();
    says(`models: {default: sonnet}\nagents: {claude: {path: ./worse.sh, env: {X: '\${SECRET}'}}}\n`);
    describes('servers: {docs: {command: bad}, more: {command: bad}}');
    const { settings, origins } = await load();
    expect(settings.agents['claude']).toMatchObject({ path: './evil.sh', env: {} });
    expect(settings.delivery.checks).toEqual(['npm test']);
    expect(settings.models.default).toBe('sonnet');
    expect(settings.mcp).toMatchObject({ docs: { command: ['good'] } });
    expect(Object.keys(settings.mcp)).toEqual(['docs']);
    expect(settings.untrusted).toMatchObject({ before: true });
    expect(settings.untrusted.keys).toEqual(expect.arrayContaining(['agents.claude.path', 'agents.claude.env.X', 'delivery.checks']));
    expect(origins['delivery.checks']).toBe(`${repo()}/yardmaster.yaml:4, as you trusted it before`);
    expect(await stateOf()).toBe('changed');
    await give();
    expect((await load()).settings).toMatchObject({
      agents: { claude: { path: './worse.sh' } },
      delivery: { checks: [] },
      untrusted: { keys: [] },
    });
  });

  it('and taken away: holds still, until that is trusted', async () => {
    says(evil);
    await give();
    rmSync(join(repo(), 'yardmaster.yaml'));
    expect((await load()).settings.delivery.checks).toEqual(['npm test']);
    expect(await stateOf()).toBe('changed');
    await give();
    expect([(await load()).settings.delivery.checks, await stateOf()]).toEqual([[], 'nothing']);
  });

  it('and written otherwise: comments, order and other keys change nothing', async () => {
    says(evil);
    await give();
    says('# New.\ndelivery:\n  base: dev\n  checks: ["npm test"]\nagents:\n  claude:\n    path: ./evil.sh\n');
    expect(await stateOf()).toBe('trusted');
    expect((await load()).settings).toMatchObject({ delivery: { base: 'dev', checks: ['npm test'] }, models: { default: 'opus' } });
  });

  it('in a way that cannot be read any more is trusted no more, and no work starts without its checks', async () => {
    says(evil);
    await give();
    writeFileSync(trustedFile({ env: env(), repo: repo() }), JSON.stringify({ repo: repo(), config: 'no: [such', servers: null }));
    expect((await load()).settings).toMatchObject({ delivery: { checks: [] }, untrusted: { before: false } });
    expect(await stateOf()).toBe('never');
    writeFileSync(trustedFile({ env: env(), repo: repo() }), 'torn');
    expect((await load()).settings).toMatchObject({ delivery: { checks: [] }, untrusted: { before: false } });
  });

  it('and lowered: a limit holds at once as the file lowers it, and higher only with trust', async () => {
    says('budget: {dailyUsd: 100}\nworker: {maxSteps: 500}\n');
    writeFileSync(join(root, 'config/yardmaster/config.yaml'), 'budget: {dailyUsd: 50}\n');
    await give();
    const limits = async (): Promise<unknown> => {
      const { budget, worker, untrusted } = (await load()).settings;
      return [budget.dailyUsd, worker.maxSteps, untrusted.keys];
    };
    says('budget: {dailyUsd: 70}\nworker: {maxSteps: 300}\n');
    expect(await limits()).toEqual([70, 300, []]);
    says('budget: {dailyUsd: 5}\n');
    expect(await limits()).toEqual([5, 200, []]);
    says('budget: {dailyUsd: 101}\nworker: {maxSteps: 500}\n');
    expect(await limits()).toEqual([100, 500, ['budget.dailyUsd']]);
    rmSync(join(repo(), 'yardmaster.yaml'));
    expect(await limits()).toEqual([50, 200, []]);
  });

  it('and set to what would hold without the file: that takes away no check', async () => {
    says('delivery: {checks: [npm test]}\n');
    await give();
    says('delivery: {checks: []}\n');
    expect((await load()).settings).toMatchObject({
      delivery: { checks: ['npm test'] },
      untrusted: { keys: ['delivery.checks'], before: true },
    });
  });

  it('and put in another order: of an agent’s own rules the last one may be the one that holds', async () => {
    const rules = (text: string): void => says(`agents: {opencode: {config: {permission: {bash: {${text}}}}}}\n`);
    rules("'*': allow, 'rm *': deny");
    await give();
    rules("'rm *': deny, '*': allow");
    const held = async (): Promise<string> => JSON.stringify((await load()).settings.agents['opencode']?.config);
    expect(await held()).toBe('{"permission":{"bash":{"*":"allow","rm *":"deny"}}}');
    expect((await load()).settings.untrusted).toMatchObject({ keys: ['agents.opencode.config'], before: true });
    expect(await stateOf()).toBe('changed');
    await give();
    expect([await held(), await stateOf()]).toEqual(['{"permission":{"bash":{"rm *":"deny","*":"allow"}}}', 'trusted']);
  });

  it('and put in another order beside a key that needs no trust, because the person’s own configuration says the same', async () => {
    writeFileSync(join(root, 'config/yardmaster/config.yaml'), 'agents: {opencode: {config: {share: disabled}}}\n');
    const rules = (text: string): void => says(`agents: {opencode: {config: {${text}}}}\n`);
    rules("permission: {bash: {'*': allow, 'rm *': deny}}");
    await give();
    rules("permission: {bash: {'rm *': deny, '*': allow}}, share: disabled");
    expect(await stateOf()).toBe('changed');
    expect((await load()).settings.agents['opencode']?.config).toMatchObject({ permission: { bash: { '*': 'allow', 'rm *': 'deny' } } });
    expect(JSON.stringify((await load()).settings.agents['opencode']?.config)).toContain('{"*":"allow","rm *":"deny"}');
  });

  it('and another repository stands at its place: what is trusted is the same text, and nothing of what was said before', async () => {
    says(evil);
    await give();
    const again = (text: string): void => {
      renameSync(repo(), join(root, 'moved'));
      mkdirSync(repo());
      rmSync(join(root, 'moved'), { recursive: true });
      says(text);
    };
    again(evil);
    expect(await stateOf()).toBe('trusted');
    again('models: {default: haiku}\n');
    expect((await load()).settings).toMatchObject({ delivery: { checks: [] }, untrusted: { keys: [] } });
    expect(await stateOf()).toBe('nothing');
    again('delivery: {checks: [make]}\n');
    expect((await load()).settings).toMatchObject({ delivery: { checks: [] }, untrusted: { keys: ['delivery.checks'], before: false } });
    expect(await stateOf()).toBe('never');
  });

  it('shows in the mark by which a supervisor knows that something changed', async () => {
    const mark = (): string | null => settingsMark({ env: env(), repo: repo(), now: Date.now() + 60_000 });
    says(evil);
    const before = mark();
    await give();
    const given = mark();
    expect(given).not.toBe(before);
    // Neither of the two has a file.
    rmSync(join(repo(), 'yardmaster.yaml'));
    const taken = mark();
    renameSync(repo(), join(root, 'moved'));
    mkdirSync(repo());
    expect(new Set([given, taken, mark()]).size).toBe(3);
  });
});

describe('what was registered before there was trust', () => {
  it('is trusted as it stands at the first start, and nothing later', async () => {
    says(evil);
    await adoptTrust({ env: env(), repos: async () => [repo(), join(root, 'gone')] });
    expect(await stateOf()).toBe('trusted');
    rmSync(trustedFile({ env: env(), repo: repo() }));
    await adoptTrust({ env: env(), repos: async () => [repo()] });
    expect(await stateOf()).toBe('never');
    // Nor after somebody withdrew all trust by hand.
    rmSync(join(root, 'home/trust'), { recursive: true });
    await adoptTrust({ env: env(), repos: async () => [repo()] });
    expect(await stateOf()).toBe('never');
    expect(readdirSync(join(root, 'home'))).toEqual(['trust-begun']);
  });

  it('is trusted beside what somebody trusted before that start', async () => {
    const other = join(root, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'yardmaster.yaml'), evil);
    await trustAsItStands({ env: env(), repo: other });
    says(evil);
    await adoptTrust({ env: env(), repos: async () => [repo(), other] });
    expect(await stateOf()).toBe('trusted');
  });

  it('waits for a configuration of the person’s that can be read', async () => {
    says(evil);
    writeFileSync(join(root, 'config/yardmaster/config.yaml'), 'no: [such');
    await adoptTrust({ env: env(), repos: async () => [repo()] });
    rmSync(join(root, 'config/yardmaster/config.yaml'));
    await adoptTrust({ env: env(), repos: async () => [repo()] });
    expect(await stateOf()).toBe('trusted');
  });

  it('is adopted once by several that start at once', async () => {
    says(evil);
    await Promise.all([1, 2, 3].map(() => adoptTrust({ env: env(), repos: async () => [repo()] })));
    expect(await stateOf()).toBe('trusted');
    expect(readdirSync(join(root, 'home'))).toEqual(['trust', 'trust-begun']);
  });
});
