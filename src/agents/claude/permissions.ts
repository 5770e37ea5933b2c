// Translates neutral rules into Claude Code's own (`permissions` of settings.json). Measured with 2.1.330, headless, by
// calls that a scripted model asked for:
// - Deny rules apply under bypassPermissions, and so do ask rules: with nobody to ask, the call is refused.
// - Bash: each command of a line is compared, without a leading `VAR=x`, `env`, `timeout 5` or `/usr/bin/`, and with its
//   spaces folded. ` *` at the end also matches nothing; `:*` at the end means the same, so a colon before a final star is
//   written `:**`; `?`, `[]` and quotes are literal.
// - Paths follow gitignore: without a slash in the middle they match in any folder, which nothing can prevent (`./x` means
//   `x`, and `/x` begins at the settings file); `//x` is absolute. A matching path includes everything below it.
// - `Edit(path)` also applies to Write, `Write(path)` to nothing; a bare `Edit` does not include Write. A denied Read also
//   refuses to write the file, and `cat`, `grep`, `cp` of it in the shell (not `python -c`).
// - `*.host` matches all hosts below the host, not the host itself; servers are `mcp__server` and `mcp__server__tool`.
import { ruleText, type Decision, type Rule } from '../../core/own/permissions.ts';

interface Written {
  readonly rules: readonly string[];
  /** Why it covers more than the rule says; null if it does not. */
  readonly wider: string | null;
}

/** A rule that would cover more than it says is left out if it allows, and kept if it forbids. */
export function claudeRules(given: { readonly rules: readonly Rule[]; readonly decision: Decision }): {
  readonly rules: readonly string[];
  readonly lost: readonly string[];
} {
  const rules = new Set<string>();
  const lost: string[] = [];
  for (const rule of given.rules) {
    const written = writtenAs(rule);
    const left = written.wider !== null && given.decision === 'allow';
    if (written.wider !== null) lost.push(`${ruleText(rule)} ${left ? 'is left out' : 'covers more'}: ${written.wider}`);
    if (!left) for (const text of written.rules) rules.add(text);
  }
  return { rules: [...rules], lost };
}

function writtenAs(rule: Rule): Written {
  const { pattern } = rule;
  switch (rule.tool) {
    case 'shell':
      return exactly(pattern === null ? 'Bash' : `Bash(${pattern.replace(/:\*$/, ':**')})`);
    case 'read':
      return pattern === null ? exactly('Read') : path({ tool: 'Read', pattern });
    case 'edit':
      return pattern === null ? exactly('Edit', 'Write', 'NotebookEdit') : path({ tool: 'Edit', pattern });
    case 'fetch':
      return exactly(pattern === null ? 'WebFetch' : `WebFetch(domain:${pattern})`);
    case 'search':
      return exactly('WebSearch');
    case 'mcp':
      return exactly(`mcp__${rule.pattern.replace('.', '__')}`);
  }
}

function exactly(...rules: string[]): Written {
  return { rules, wider: null };
}

function path(given: { tool: string; pattern: string }): Written {
  const { tool, pattern } = given;
  const written = `${tool}(${pattern.startsWith('/') ? '/' : ''}${pattern})`;
  const anywhere = !pattern.includes('/') && pattern !== '**';
  return { rules: [written], wider: anywhere ? `Claude Code matches ${pattern} in any folder` : null };
}
