// Writes a slash command as Claude Code's own file (`commands/NAME.md`). Measured with 2.1.330, and the same with 2.1.197:
// - `$0` is the first argument, and stays as it is if there is none. An argument with a name in the front matter
//   (`arguments`) is empty in that case, as with the other agents, so names are used.
// - `\$0`, `\$ARGUMENTS` and `\$name` lose the backslash; after a second backslash they are active.
// - Active are `@path` and `` !`command` `` after white space or at the start, and ```` ```!…``` ```` anywhere, also in
//   code and fences. In the value of an argument, `!` is inactive and `@path` is not.
// - Only the escape of `$` disappears: for the others, a backslash remains, which the model sees.
import {
  lastPosition,
  joiner,
  quoted,
  renderBody,
  type CompiledCommand,
  type Escape,
  type Placeholder,
  type SlashCommand,
  type WrittenPlaceholder,
} from '../../core/own/slash-command.ts';
import { modelOf, type Tiers } from '../../core/route/tier.ts';
import { claudeRules } from './permissions.ts';

export function claudeSlashCommand(given: { readonly command: SlashCommand; readonly tiers: Tiers }): CompiledCommand {
  const { command } = given;
  const names = Array.from({ length: lastPosition(command.body) }, (_, index) => `arg${index + 1}`);
  const head = frontMatter({ ...given, names });
  const body = renderBody({ body: command.body, escapes: escapes(names), placeholder: placeholderOf });
  return { text: `---\n${head.lines.join('\n')}\n---\n${body.text}`, lost: [...head.lost, ...body.altered] };
}

function frontMatter(given: { command: SlashCommand; tiers: Tiers; names: readonly string[] }): { lines: string[]; lost: string[] } {
  const { command, names } = given;
  const { argumentHint: hint, agent, subtask, allowedTools } = command;
  const model = modelName(given);
  const tools = claudeRules({ rules: allowedTools, decision: 'allow' });
  return {
    lines: [
      `description: ${quoted(command.description)}`,
      ...(hint === null ? [] : [`argument-hint: ${quoted(hint)}`]),
      ...(names.length === 0 ? [] : [`arguments: [${names.map(quoted).join(', ')}]`]),
      ...(model.name === null ? [] : [`model: ${quoted(model.name)}`]),
      // An unknown agent is ignored without a message.
      ...(subtask ? ['context: fork', ...(agent === null ? [] : [`agent: ${quoted(agent)}`])] : []),
      ...(tools.rules.length === 0 ? [] : ['allowed-tools:', ...tools.rules.map((rule) => `  - ${quoted(rule)}`)]),
    ],
    lost: [
      ...(agent !== null && !subtask ? [`agent: ${agent} (Claude Code changes the agent only for a subtask)`] : []),
      ...(model.lost === null ? [] : [model.lost]),
      ...tools.lost.map((what) => `allowed-tools: ${what}`),
    ],
  };
}

/**
 * It sends any word as the model's name, including the provider's prefix, and the request fails, so no model is better
 * then.
 */
function modelName(given: { command: SlashCommand; tiers: Tiers }): { name: string | null; lost: string | null } {
  const word = given.command.model;
  if (word === null) return { name: null, lost: null };
  const model = modelOf({ word, tiers: given.tiers });
  if (model.startsWith('anthropic/')) return { name: model.slice('anthropic/'.length), lost: null };
  return { name: null, lost: `model: ${word} (Claude Code has only Anthropic’s models)` };
}

const hidden = 'gets an invisible character, so that it stays text';
const backslash = 'gets a backslash, so that it stays text';

function escapes(names: readonly string[]): Escape[] {
  const named = names.length === 0 ? '' : `|(?:${names.join('|')})`;
  return [
    // After a backslash, another backslash would make it active, so something has to stand between them.
    { active: new RegExp(`(?<=\\\\)\\$(?=ARGUMENTS|\\d${named})`, 'g'), inert: (found) => found + joiner, trace: hidden },
    {
      active: new RegExp(`(?<!\\\\)\\$(?=ARGUMENTS|\\d${named === '' ? '' : `${named}(?!\\w)`})`, 'g'),
      inert: () => '\\$',
      trace: null,
    },
    // ${CLAUDE_SESSION_ID}, ${CLAUDE_EFFORT}, ${CLAUDE_PROJECT_DIR}: a backslash does not help.
    { active: /\$(?=\{CLAUDE_)/g, inert: (found) => found + joiner, trace: hidden },
    { active: /(?<=^|\s|\0)@(?=[^\s{])/g, inert: () => '\\@', trace: backslash },
    { active: /(?<=^|\s|\0)!(?=[`\0])/g, inert: () => '\\!', trace: backslash },
    // A space there would make a following command in backticks active.
    { active: /```!/g, inert: () => '```\\!', trace: backslash },
  ];
}

function placeholderOf(part: Placeholder, beside: { readonly before: string; readonly after: string }): WrittenPlaceholder {
  // A backslash before it would turn it into plain text.
  const apart = beside.before === '\\' ? joiner : '';
  const joined = `there is an invisible character beside argument ${part.kind === 'all' ? 'text' : part.position}`;
  if (part.kind === 'all') {
    const indexed = /^\[\d+\]/.test(beside.after);
    return { text: `${apart}$ARGUMENTS${indexed ? joiner : ''}`, altered: apart !== '' || indexed ? joined : null };
  }
  // `$arg1x` is another name and `$arg1[0]` is not one; the numbered form has a clear end.
  if (/^\w/.test(beside.after)) {
    const numbered = `$ARGUMENTS[${part.position - 1}]`;
    return { text: apart + numbered, altered: `without argument ${part.position}, the agent sees ${numbered}` };
  }
  const indexed = beside.after.startsWith('[');
  return { text: `${apart}$arg${part.position}${indexed ? joiner : ''}`, altered: apart !== '' || indexed ? joined : null };
}
