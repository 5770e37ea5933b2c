// A file `commands/NAME.md` as a slash command: front matter in YAML, then the body. Without front matter its first
// line is the description. Faults: `config`, with file, line and what was expected.
import { basename } from 'node:path';
import { z } from 'zod';
import { clip } from '../core/clip.ts';
import { parseRule, type Rule } from '../core/permissions.ts';
import { parseBody, type SlashCommand } from '../core/slash-command.ts';
import { wrongConfig } from './layer.ts';
import { readText } from './read-text.ts';
import { readYaml } from './read-yaml.ts';
import { wrongShape } from './wrong-shape.ts';

/** In KiB. A command is read by a model, each time that it is called. */
const largest = 64;

const words = z.string().trim().min(1);
const noSpaces = z.string().regex(/^\S+$/, 'expected one word');

const frontMatter = z.strictObject({
  description: words.optional(),
  'argument-hint': words.optional(),
  agent: noSpaces.optional(),
  model: noSpaces.optional(),
  subtask: z.boolean().optional(),
  'allowed-tools': z.array(z.string()).optional(),
});

/** Null where there is no file. */
export async function readCommand(file: string): Promise<SlashCommand | null> {
  const text = await readText({ file, largest });
  return text === null ? null : parseCommand({ file, text });
}

export function parseCommand(given: { readonly file: string; readonly text: string }): SlashCommand {
  const { file } = given;
  const name = basename(file, '.md');
  if (!/^[a-z\d][a-z\d_-]*$/.test(name))
    throw wrongConfig({ file, line: 1, what: 'expected a name of lower-case letters, digits, - and _', hint: 'rename the file' });
  const { head, body, firstLine } = split({ file, text: given.text.replace(/\r\n?/g, '\n') });
  // The line of the opening marker stays, empty, so that lines are those of the file.
  const yaml = readYaml({ file, text: `\n${head}` });
  const parsed = frontMatter.safeParse(yaml.values);
  if (!parsed.success) throw wrongShape({ file, issues: parsed.error.issues, lineOf: yaml.lineOf });
  const { data } = parsed;
  const { parts, problems } = parseBody(body);
  const [problem] = problems;
  if (problem !== undefined) throw wrongConfig({ file, line: firstLine + problem.line - 1, what: problem.what, hint: 'mend the file' });
  if (body.trim() === '') throw wrongConfig({ file, line: firstLine, what: 'expected what the agent is to do', hint: 'mend the file' });
  return {
    name,
    description: data.description ?? firstWords(body),
    argumentHint: data['argument-hint'] ?? null,
    agent: data.agent ?? null,
    model: data.model ?? null,
    subtask: data.subtask ?? false,
    allowedTools: (data['allowed-tools'] ?? []).map((text, index) => rule({ file, text, line: yaml.lineOf(['allowed-tools', index]) })),
    body: parts,
  };
}

function split(given: { file: string; text: string }): { head: string; body: string; firstLine: number } {
  const { file, text } = given;
  if (!/^---[ \t]*\n/.test(text)) return { head: '', body: text, firstLine: 1 };
  const lines = text.split('\n');
  const end = lines.findIndex((line, index) => index > 0 && /^---[ \t]*$/.test(line));
  if (end === -1) throw wrongConfig({ file, line: 1, what: 'the front matter that begins here has no closing ---', hint: 'mend the file' });
  return { head: lines.slice(1, end).join('\n'), body: lines.slice(end + 1).join('\n'), firstLine: end + 2 };
}

function firstWords(body: string): string {
  const line = body.split('\n').find((text) => text.trim() !== '') ?? '';
  return clip(line.replace(/^[\s#>*-]+/, ''), 120);
}

function rule(given: { file: string; text: string; line: number }): Rule {
  const parsed = parseRule(given.text);
  if (parsed.ok) return parsed.rule;
  throw wrongConfig({ file: given.file, line: given.line, what: `allowed-tools: ${parsed.what}`, hint: 'mend the file' });
}
