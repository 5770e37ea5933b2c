// A slash command as OpenCode's own file (`command/NAME.md`). Measured with 1.18.33:
// - `$1` is the first argument and empty where there is none; the highest one named takes all that are left, so one
//   that nobody reaches is named at the end, where it is nothing.
// - Nothing is escaped by a backslash. Active are `$1` and `$ARGUMENTS` anywhere; `` !`command` `` anywhere, in code
//   and fences, too, even where the shell is denied; `@path` and `@agent` but behind a letter, a digit, `_` or a backtick.
// - All of that is active in what an argument brings, too.
// - A description that is no string, or `subtask` that is no boolean, in one file: no run starts at all (exit 1).
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
  // One that it does not know ends the run with "Unexpected server error", and a bare name is one.
  const known = model?.includes('/') === true;
  return {
    lines: [
      // It has no key for the hint, and shows the description where the hint would be.
      `description: ${quoted(hint === null ? description : `${description} ${hint}`)}`,
      ...(agent === null ? [] : [`agent: ${quoted(agent)}`]),
      ...(known ? [`model: ${quoted(model)}`] : []),
      ...(subtask ? ['subtask: true'] : []),
    ],
    lost: [
      ...(model === null || known ? [] : [`model: ${model} (OpenCode needs provider/model)`]),
      ...(allowedTools.length === 0
        ? []
        : [`allowed-tools: ${allowedTools.map(ruleText).join(', ')} (OpenCode grants nothing by command)`]),
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
    altered: digit ? `an invisible character stands beside argument ${part.position}` : null,
  };
}
