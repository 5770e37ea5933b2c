// Writes a slash command as OpenCode's own file (`command/NAME.md`). Measured with 1.18.33:
// - `$1` is the first argument, and empty if there is none. The highest one that is used takes all remaining arguments, so
//   one that nobody reaches is used at the end, where it is empty.
// - A backslash escapes nothing. Active are `$1` and `$ARGUMENTS` anywhere; `` !`command` `` anywhere, also in code and
//   fences, even if the shell is denied; `@path` and `@agent`, except after a letter, a digit, `_` or a backtick.
// - All of that is active in the value of an argument as well.
// - If in one file the description is not a string, or `subtask` not a boolean, no run starts at all (exit 1).
import {
  joiner,
  lastPosition,
  mostArguments,
  quoted,
  renderBody,
  type CompiledCommand,
  type Escape,
  type Placeholder,
  type SlashCommand,
  type WrittenPlaceholder,
} from '../../core/own/slash-command.ts';
import { ruleText } from '../../core/own/permissions.ts';
import { modelOf, type Tiers } from '../../core/route/tier.ts';

export function opencodeSlashCommand(given: { readonly command: SlashCommand; readonly tiers: Tiers }): CompiledCommand {
  const { command } = given;
  const head = frontMatter(given);
  const body = renderBody({ body: command.body, escapes, placeholder: placeholderOf });
  const last = lastPosition(command.body) === 0 ? '' : `\n$${mostArguments + 1}\n`;
  return { text: `---\n${head.lines.join('\n')}\n---\n${body.text}${last}`, lost: [...head.lost, ...body.altered] };
}

function frontMatter(given: { command: SlashCommand; tiers: Tiers }): { lines: string[]; lost: string[] } {
  const { command, tiers } = given;
  const { description, argumentHint: hint, agent, subtask, allowedTools } = command;
  const model = command.model === null ? null : modelOf({ word: command.model, tiers });
  // An unknown model ends the run with "Unexpected server error", and a bare name is unknown.
  const known = model?.includes('/') === true;
  return {
    lines: [
      // It has no key for the hint, and shows the description in its place.
      `description: ${quoted(hint === null ? description : `${description} ${hint}`)}`,
      ...(agent === null ? [] : [`agent: ${quoted(agent)}`]),
      ...(known ? [`model: ${quoted(model)}`] : []),
      ...(subtask ? ['subtask: true'] : []),
    ],
    lost: [
      ...(model === null || known ? [] : [`model: ${model} (OpenCode needs provider/model)`]),
      ...(allowedTools.length === 0
        ? []
        : [`allowed-tools: ${allowedTools.map(ruleText).join(', ')} (OpenCode cannot grant tools to a single command)`]),
    ],
  };
}

const hidden = 'gets an invisible character, so that it stays text';

const escapes: readonly Escape[] = [
  { active: /\$(?=\d|ARGUMENTS)/g, inert: (found) => found + joiner, trace: hidden },
  { active: /(?<![\w`])@(?=[^\s`,{])/g, inert: (found) => found + joiner, trace: hidden },
  { active: /!(?=[`\0])/g, inert: () => '!\\', trace: 'gets a backslash, so that it stays text' },
];

function placeholderOf(part: Placeholder, beside: { readonly after: string }): WrittenPlaceholder {
  if (part.kind === 'all') return { text: '$ARGUMENTS', altered: null };
  const digit = /^\d/.test(beside.after);
  return {
    text: `$${part.position}${digit ? joiner : ''}`,
    altered: digit ? `there is an invisible character beside argument ${part.position}` : null,
  };
}
