import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, decisions, parseRule, type Decision, type Permissions, type Wish } from '../../core/own/permissions.ts';
import { sampleRules } from '../../core/core.samples.ts';
import { opencodePermission, type OpencodePermission } from './permission.samples.ts';

function compiled(permissions: Partial<Permissions>, mcpServers: readonly string[] = []): ReturnType<typeof opencodePermission> {
  return opencodePermission({ permissions: { allow: [], ask: [], deny: [], ...permissions }, mcpServers });
}

/** OpenCode 1.18.33's own matching, as it was observed. */
function wildcard(pattern: string, text: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped.endsWith(' .*') ? `${escaped.slice(0, -3)}( .*)?` : escaped}$`, 's').test(text);
}

function lastMatch(given: { permission: OpencodePermission; tool: string; target: string }): Decision | null {
  // As OpenCode reads a file: through JSON, which reorders keys that are numbers.
  const read = JSON.parse(JSON.stringify(given.permission)) as OpencodePermission;
  const flat = Object.entries(read).flatMap(([tool, entry]) =>
    typeof entry === 'string'
      ? [{ tool, pattern: '*', decision: entry }]
      : Object.entries(entry).map(([pattern, decision]) => ({ tool, pattern, decision })),
  );
  return flat.findLast(({ tool, pattern }) => wildcard(tool, given.tool) && wildcard(pattern, given.target))?.decision ?? null;
}

describe('rules', () => {
  it.each<[string, OpencodePermission]>([
    ['shell', { bash: 'deny' }],
    ['shell(git push *)', { bash: { 'git push *': 'deny' } }],
    ['read', { read: 'deny' }],
    ['read(**)', { read: 'deny' }],
    ['read(.env)', { read: { '.env': 'deny', '.env/*': 'deny' } }],
    ['read(**/.env)', { read: { '.env': 'deny', '.env/*': 'deny', '*/.env': 'deny', '*/.env/*': 'deny' } }],
    ['edit(src/**)', { edit: { 'src/*': 'deny' } }],
    ['fetch', { webfetch: 'deny' }],
    ['search', { websearch: 'deny' }],
    ['mcp(docs)', { 'docs_*': 'deny' }],
    ['mcp(docs.find)', { docs_find: 'deny' }],
  ])('%s: %j', (text, permission) => {
    expect(compiled({ deny: sampleRules(text) })).toEqual({ permission, lost: [] });
  });

  it.each<[string, OpencodePermission, readonly string[]]>([
    ['shell(a?)', { bash: { 'a?': 'deny' } }, ['deny shell(a?) covers more: OpenCode reads ? as any character']],
    ['shell(123)', { bash: { '123 *': 'deny' } }, ['deny shell(123) covers more: OpenCode also matches any arguments']],
    [
      'read(123)',
      { read: { '123*': 'deny', '123/*': 'deny' } },
      ['deny read(123) covers more: OpenCode matches everything that begins with it'],
    ],
    [
      'read(src/*.ts)',
      { read: { 'src/*.ts': 'deny', 'src/*.ts/*': 'deny' } },
      ['deny read(src/*.ts) covers more: OpenCode’s * also matches slashes'],
    ],
    [
      'read(~/.ssh/**)',
      { read: { '*/.ssh/*': 'deny' } },
      [
        'deny read(~/.ssh/**) covers more: OpenCode matches it in any folder; covers less: OpenCode knows the repository’s own files only by their path from its top folder',
      ],
    ],
    [
      'edit(/**)',
      { edit: 'deny' },
      [
        'deny edit(/**) covers more: OpenCode matches it in any folder; covers less: OpenCode knows the repository’s own files only by their path from its top folder',
      ],
    ],
    [
      'fetch(*.example.com)',
      { 'webfetch*': { '*.example.com*': 'deny' } },
      [
        'deny fetch(*.example.com) covers more: OpenCode matches any address that contains .example.com; covers less: OpenCode distinguishes capital and small letters',
      ],
    ],
    ['mcp(docs)', { 'docs_*': 'deny' }, ['deny mcp(docs) covers more: OpenCode also matches docs_two']],
  ])('%s: %j, and what of it is otherwise', (text, permission, lost) => {
    const servers = ['docs', 'docs_two', 'docsy'];
    expect(compiled({ deny: sampleRules(text) }, servers)).toEqual({ permission, lost });
    // A rule that would allow more than it says allows nothing.
    expect(compiled({ allow: sampleRules(text) }, servers).permission).toEqual({});
  });

  it('that allow a host name it to its end', () => {
    const { permission, lost } = compiled({ allow: sampleRules('fetch(example.com)'), ask: sampleRules('fetch') });
    expect(lost).toEqual([]);
    expect(permission).toEqual({
      'webfetch*': {
        'https://example.com': 'allow',
        'https://example.com/*': 'allow',
        'http://example.com': 'allow',
        'http://example.com/*': 'allow',
        '*': 'ask',
      },
    });
  });

  it('of the same words stand where the strictest has them', () => {
    const { permission } = compiled({
      allow: sampleRules('shell(a)', 'mcp(x.y)'),
      ask: sampleRules('shell(b)', 'shell(a)', 'mcp(x)'),
      deny: sampleRules('mcp(x.z)'),
    });
    expect(JSON.stringify(permission)).toBe('{"x_y":"allow","bash":{"b":"ask","a":"ask"},"x_*":"ask","x_z":"deny"}');
  });
});

describe('the last match', () => {
  const word = fc.constantFrom('git', 'push', '--force', 'a', '1', '42');
  const pattern = fc
    .array(fc.oneof({ weight: 4, arbitrary: word }, fc.constantFrom('*', 'pu*', '*e', '?')), { minLength: 1, maxLength: 4 })
    .map((words) => words.join(' '));
  const path = fc
    .array(fc.constantFrom('src', '.env', 'a.ts', 'deep', '7'), { minLength: 1, maxLength: 4 })
    .map((names) => names.join('/'));
  const pathPattern = fc
    .tuple(
      fc.constantFrom('', '', '', '~/', '/'),
      fc.array(fc.constantFrom('src', '.env', '*.ts', '**', '*', '7'), { minLength: 1, maxLength: 4 }),
    )
    .map(([root, names]) => root + names.join('/'));
  const any = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> => fc.array(of, { maxLength: 4 });
  const permissionsOf = (rule: fc.Arbitrary<string>): fc.Arbitrary<Permissions> =>
    fc
      .record({ allow: any(rule), ask: any(rule), deny: any(rule) })
      .map(({ allow, ask, deny }) => ({ allow: sampleRules(...allow), ask: sampleRules(...ask), deny: sampleRules(...deny) }));
  const strictness = (decision: Decision | null): number => (decision === null ? 0 : decisions.indexOf(decision));

  it('is the decision, for every command', () => {
    const plain = pattern.filter((text) => !text.includes('?') && !/^\d+$/.test(text));
    const command = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(
        permissionsOf(
          fc.oneof(
            plain.map((text) => `shell(${text})`),
            fc.constant('shell'),
          ),
        ),
        command,
        (permissions, target) => {
          const { permission, lost } = opencodePermission({ permissions, mcpServers: [] });
          expect(lost).toEqual([]);
          expect(lastMatch({ permission, tool: 'bash', target })).toBe(decide({ permissions, wish: { tool: 'shell', target } }));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('never grants what the rules do not', () => {
    const rule = fc
      .oneof(
        pattern.map((text) => `shell(${text})`),
        pathPattern.map((text) => `read(${text})`),
        fc.constantFrom('mcp(git)', 'mcp(git_hub)', 'mcp(git.push)', 'mcp(git_hub.push)'),
      )
      .filter((text) => parseRule(text).ok);
    const wish: fc.Arbitrary<{ wish: Wish; tool: string; target: string }> = fc.oneof(
      fc
        .array(word, { minLength: 1, maxLength: 4 })
        .map((words) => ({ wish: { tool: 'shell' as const, target: words.join(' ') }, tool: 'bash', target: words.join(' ') })),
      path.map((target) => ({ wish: { tool: 'read' as const, target }, tool: 'read', target })),
      path.map((below) => ({ wish: { tool: 'read' as const, target: `~/${below}` }, tool: 'read', target: `../../home/me/${below}` })),
      fc
        .constantFrom('git.push', 'git_hub.push', 'git_hub.pull')
        .map((target) => ({ wish: { tool: 'mcp' as const, target }, tool: target.replace('.', '_'), target: '*' })),
    );
    fc.assert(
      fc.property(permissionsOf(rule), wish, (permissions, asked) => {
        const { permission } = opencodePermission({ permissions, mcpServers: ['git', 'git_hub'] });
        const said = decide({ permissions, wish: asked.wish });
        const does = lastMatch({ permission, tool: asked.tool, target: asked.target });
        expect(strictness(does), `${String(does)} for ${String(said)}`).toBeGreaterThanOrEqual(said === 'allow' ? 0 : strictness(said));
        // Outside of the repository, OpenCode asks about the folder before it applies any of these rules.
        if (does === 'allow' && !asked.wish.target.startsWith('~/')) expect(said).toBe('allow');
      }),
      { numRuns: 3000 },
    );
  });
});
