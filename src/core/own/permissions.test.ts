import { describe, expect, it } from 'vitest';
import { decide, holds, parseRule, ruleText, type Permissions, type Rule, type RuleTool } from './permissions.ts';

function rule(text: string): Rule {
  const parsed = parseRule(text);
  if (!parsed.ok) throw new Error(parsed.what);
  return parsed.rule;
}

describe('a rule', () => {
  it.each([
    ['shell', 'shell'],
    [' shell ( git push ** ) ', 'shell(git push *)'],
    ['shell(*)', 'shell'],
    ['shell(echo "a(b)")', 'shell(echo "a(b)")'],
    ['read(./src//a/./b/)', 'read(src/a/b)'],
    ['edit(src/*)', 'edit(src/**)'],
    ['edit(*)', 'edit(**)'],
    ['edit(**/**/x/**/**)', 'edit(**/x/**)'],
    ['read(~/.ssh/**)', 'read(~/.ssh/**)'],
    ['read(//etc/passwd)', 'read(/etc/passwd)'],
    ['fetch(*)', 'fetch'],
    ['fetch(*.Example.com)', 'fetch(*.example.com)'],
    ['fetch(127.0.0.1)', 'fetch(127.0.0.1)'],
    ['search', 'search'],
    ['mcp(docs)', 'mcp(docs)'],
    ['mcp(my-docs.find_one)', 'mcp(my-docs.find_one)'],
  ])('%j is %s', (text, normal) => {
    expect(ruleText(rule(text))).toBe(normal);
  });

  it.each([
    ['', 'expected tool or tool(pattern), with one of shell, read, edit, fetch, search, mcp'],
    ['shell git push', '"shell git push": expected tool'],
    ['bash(ls)', 'there is no tool "bash": expected tool'],
    ['shell()', 'shell(): expected a command line'],
    ['shell(a\\*b)', 'expected a command line'],
    ['shell(a\nb)', 'expected a command line'],
    ['read()', 'expected a path'],
    ['read(/)', 'expected a path'],
    ['read(~)', 'expected a path'],
    ['read(a/../b)', 'expected a path'],
    ['read(a**)', 'expected a path'],
    ['read(src/[a].ts)', 'expected a path'],
    ['read(!x)', 'expected a path'],
    ['fetch()', 'expected a host'],
    ['fetch(https://example.com)', 'expected a host'],
    ['fetch(ex*.com)', 'expected a host'],
    ['search(x)', 'expected search without a pattern'],
    ['mcp', 'expected mcp(server)'],
    ['mcp(a.b.c)', 'expected mcp(server)'],
  ])('%j is refused', (text, what) => {
    const parsed = parseRule(text);
    expect(parsed.ok).toBe(false);
    expect('what' in parsed && parsed.what).toContain(what);
  });
});

describe('a rule holds', () => {
  it.each<[string, RuleTool, string, boolean]>([
    ['shell', 'shell', 'anything at all', true],
    ['shell', 'read', 'src', false],
    ['shell(git push *)', 'shell', 'git push', true],
    ['shell(git push *)', 'shell', 'git push origin', true],
    ['shell(git push *)', 'shell', 'git pushx', false],
    ['shell(git push*)', 'shell', 'git pushx', true],
    ['shell(git push *--force*)', 'shell', 'git push origin --force-with-lease', true],
    ['shell(* --force*)', 'shell', 'git push origin', false],
    ['shell(a*b*c)', 'shell', 'abxbc', true],
    ['shell(a*b*c)', 'shell', 'abxcb', false],
    ['shell(a?)', 'shell', 'ab', false],
    ['read(.env)', 'read', '.env', true],
    ['read(.env)', 'read', 'sub/.env', false],
    ['read(**/.env)', 'read', '.env', true],
    ['read(**/.env)', 'read', 'a/b/.env', true],
    ['read(**/.env)', 'read', 'a/b/.env.local', false],
    ['read(src)', 'read', 'src/deep/b.ts', true],
    ['read(src/**)', 'read', 'src/deep/b.ts', true],
    ['read(src/**)', 'read', 'src', false],
    ['read(src/*.ts)', 'read', 'src/a.ts', true],
    ['read(src/*.ts)', 'read', 'src/deep/b.ts', false],
    ['read(a/**/c/**/e)', 'read', 'a/c/x/c/d/e', true],
    ['read(a/**/c/**/e)', 'read', 'a/c/x/d', false],
    ['edit(**)', 'edit', 'a', true],
    ['read(~/.ssh/**)', 'read', '~/.ssh/id_rsa', true],
    ['read(~/.ssh/**)', 'read', '.ssh/id_rsa', false],
    ['read(/etc/**)', 'read', '/etc/a/b', true],
    ['read(**)', 'edit', 'a', false],
    ['fetch(example.com)', 'fetch', 'EXAMPLE.com', true],
    ['fetch(example.com)', 'fetch', 'sub.example.com', false],
    ['fetch(*.example.com)', 'fetch', 'a.b.example.com', true],
    ['fetch(*.example.com)', 'fetch', 'example.com', false],
    ['fetch(*.example.com)', 'fetch', '.example.com', false],
    ['search', 'search', 'weather', true],
    ['mcp(docs)', 'mcp', 'docs.find', true],
    ['mcp(docs)', 'mcp', 'docs2.find', false],
    ['mcp(docs.find)', 'mcp', 'docs.find', true],
    ['mcp(docs.find)', 'mcp', 'docs.findall', false],
  ])('%s for %s %j: %s', (text, tool, target, held) => {
    expect(holds({ rule: rule(text), wish: { tool, target } })).toBe(held);
  });

  it('or not, in no more than its length times the text’s', () => {
    const wish = { tool: 'shell', target: 'a'.repeat(20_000) } as const;
    expect(holds({ rule: rule(`shell(${'a*'.repeat(40)}b)`), wish })).toBe(false);
  });
});

describe('several rules', () => {
  const permissions: Permissions = {
    allow: [rule('shell(git *)'), rule('read')],
    ask: [rule('shell(git push *)')],
    deny: [rule('shell(git push *--force*)')],
  };
  it.each([
    ['git status', 'allow'],
    ['git push', 'ask'],
    ['git push --force', 'deny'],
    ['make', null],
  ])('%s: %s', (target, decision) => {
    expect(decide({ permissions, wish: { tool: 'shell', target } })).toBe(decision);
  });
});
