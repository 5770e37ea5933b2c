// Neutral rules as Claude Code's own (`permissions` of settings.json). Measured with 2.1.330, headless, by calls that a
// scripted model asked for:
// - A deny rule holds under bypassPermissions, and so does an ask rule: with nobody to ask, the call is refused.
// - Bash: each command of a line is compared, without `VAR=x`, `env`, `timeout 5`, `/usr/bin/` before it and with its
//   spaces folded; ` *` at the end also stands for nothing; `:*` at the end is that form, too, so a colon before the
//   last star is written `:**`; `?`, `[]` and quotes are plain.
// - Paths are those of gitignore: without a slash in the middle they hold in any folder, which nothing undoes (`./x` is
//   `x`, and `/x` begins at the settings file); `//x` is absolute. All below a path that matches is meant.
// - `Edit(path)` holds for Write, too, `Write(path)` for nothing; bare `Edit` leaves Write out. A denied Read also refuses
//   to write the file, and `cat`, `grep`, `cp` of it in the shell (not `python -c`).
// - `*.host` is all below the host, not the host; `mcp__server` and `mcp__server__tool`.
import { ruleText, type Decision, type Rule } from '../../core/own/permissions.ts';

interface Written {
  readonly rules: readonly string[];
  /** Why it holds for more than it says; null: for as much. */
  readonly wider: string | null;
}

/** A rule that would hold for more than it says is left out where it allows, and kept where it forbids. */
export function claudeRules(given: { readonly rules: readonly Rule[]; readonly decision: Decision }): {
  readonly rules: readonly string[];
  readonly lost: readonly string[];
} {
  const rules = new Set<string>();
  const lost: string[] = [];
  for (const rule of given.rules) {
    const written = writtenAs(rule);
    const left = written.wider !== null && given.decision === 'allow';
    if (written.wider !== null) lost.push(`${ruleText(rule)} ${left ? 'is left out' : 'holds for more'}: ${written.wider}`);
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
  return { rules: [written], wider: anywhere ? `Claude Code means ${pattern} in any folder` : null };
}
