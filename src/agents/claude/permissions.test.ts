import { describe, expect, it } from 'vitest';
import { parseRule, type Rule } from '../../core/permissions.ts';
import { claudePermissions } from './permissions.ts';

function rules(...texts: string[]): Rule[] {
  return texts.map((text) => {
    const parsed = parseRule(text);
    if (!parsed.ok) throw new Error(parsed.what);
    return parsed.rule;
  });
}

describe('rules', () => {
  it.each([
    ['shell', ['Bash']],
    ['shell(git push *)', ['Bash(git push *)']],
    // `:*` at the end is Claude Code's own sign for "and anything behind a space".
    ['shell(npm run test:*)', ['Bash(npm run test:**)']],
    ['read', ['Read']],
    ['read(**)', ['Read(**)']],
    ['read(**/.env)', ['Read(**/.env)']],
    ['read(~/.ssh/**)', ['Read(~/.ssh/**)']],
    ['read(/etc/shadow)', ['Read(//etc/shadow)']],
    ['edit', ['Edit', 'Write', 'NotebookEdit']],
    ['edit(src/gen/**)', ['Edit(src/gen/**)']],
    ['fetch', ['WebFetch']],
    ['fetch(*.example.com)', ['WebFetch(domain:*.example.com)']],
    ['search', ['WebSearch']],
    ['mcp(docs)', ['mcp__docs']],
    ['mcp(docs.find)', ['mcp__docs__find']],
  ])('%s: %j', (text, written) => {
    const permissions = { allow: rules(text), ask: rules(text), deny: rules(text, text) };
    expect(claudePermissions(permissions)).toEqual({ permissions: { allow: written, ask: written, deny: written }, lost: [] });
  });

  it('on one name at the top are kept where they forbid, left out where they allow', () => {
    const one = rules('edit(package.json)');
    expect(claudePermissions({ allow: one, ask: one, deny: one })).toEqual({
      permissions: { allow: [], ask: ['Edit(package.json)'], deny: ['Edit(package.json)'] },
      lost: [
        'allow: edit(package.json) is left out: Claude Code means package.json in any folder',
        'ask: edit(package.json) holds for more: Claude Code means package.json in any folder',
        'deny: edit(package.json) holds for more: Claude Code means package.json in any folder',
      ],
    });
  });
});
