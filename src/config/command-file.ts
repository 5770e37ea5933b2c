// Reads a file `commands/NAME.md` as a slash command: front matter in YAML, then the body. Without front matter, the first
// line is the description. Faults: `config`, with file, line and the expected form.
import { z } from 'zod';
import { clip } from '../core/clip.ts';
import { parseRule, type Rule } from '../core/own/permissions.ts';
import { parseBody, type SlashCommand } from '../core/own/slash-command.ts';
import { splitMarkdown } from './front-matter.ts';
import { wrongConfig } from './layer.ts';
import { readText } from './read-text.ts';
import { wrongShape } from './wrong-shape.ts';

/** In KiB. A model reads the command each time that it is called. */
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

/** Null if there is no file. */
export async function readCommand(file: string): Promise<SlashCommand | null> {
  const text = await readText({ file, largest });
  return text === null ? null : parseCommand({ file, text });
}

export function parseCommand(given: { readonly file: string; readonly text: string }): SlashCommand {
  const { file } = given;
  const { name, head: yaml, body, firstLine } = splitMarkdown(given);
  const parsed = frontMatter.safeParse(yaml.values);
  if (!parsed.success) throw wrongShape({ file, issues: parsed.error.issues, lineOf: yaml.lineOf });
  const { data } = parsed;
  const { parts, problems } = parseBody(body);
  const [problem] = problems;
  if (problem !== undefined) throw wrongConfig({ file, line: firstLine + problem.line - 1, what: problem.what });
  if (body.trim() === '') throw wrongConfig({ file, line: firstLine, what: 'expected a text that says what the agent is to do' });
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

function firstWords(body: string): string {
  const line = body.split('\n').find((text) => text.trim() !== '') ?? '';
  return clip(line.replace(/^[\s#>*-]+/, ''), 120);
}

function rule(given: { file: string; text: string; line: number }): Rule {
  const parsed = parseRule(given.text);
  if (parsed.ok) return parsed.rule;
  throw wrongConfig({ file: given.file, line: given.line, what: `allowed-tools: ${parsed.what}` });
}
