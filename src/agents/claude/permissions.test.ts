import { describe, expect, it } from 'vitest';
import { decisions } from '../../core/own/permissions.ts';
import { sampleRules } from '../../core/core.samples.ts';
import { claudeRules } from './permissions.ts';

describe('rules', () => {
  it.each([
    ['shell', ['Bash']],
    ['shell(git push *)', ['Bash(git push *)']],
    // `:*` at the end is Claude Code's own notation for "and anything after a space".
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
    for (const decision of decisions)
      expect(claudeRules({ rules: sampleRules(text, text), decision })).toEqual({ rules: written, lost: [] });
  });

  it('on one name at the top are kept where they forbid, left out where they allow', () => {
    const one = sampleRules('edit(package.json)');
    const why = 'Claude Code matches package.json in any folder';
    expect(claudeRules({ rules: one, decision: 'allow' })).toEqual({ rules: [], lost: [`edit(package.json) is left out: ${why}`] });
    for (const decision of ['ask', 'deny'] as const)
      expect(claudeRules({ rules: one, decision })).toEqual({
        rules: ['Edit(package.json)'],
        lost: [`edit(package.json) covers more: ${why}`],
      });
  });
});
