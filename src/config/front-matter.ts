// Splits a Markdown file that a person wrote into front matter in YAML and a body. Faults: `config`, with file and line.
import { basename } from 'node:path';
import { wrongConfig } from './layer.ts';
import { readYaml, type YamlFile } from './read-yaml.ts';

export interface MarkdownFile {
  /** The file's name without its extension. */
  readonly name: string;
  readonly head: YamlFile;
  readonly body: string;
  /** The line at which the body begins. */
  readonly firstLine: number;
}

export function splitMarkdown(given: { readonly file: string; readonly text: string }): MarkdownFile {
  const { file } = given;
  const name = basename(file, '.md');
  if (!/^[a-z\d][a-z\d_-]*$/.test(name))
    throw wrongConfig({ file, line: 1, what: 'expected a name of lower-case letters, digits, - and _', hint: 'rename the file' });
  const { head, body, firstLine } = split({ file, text: given.text.replace(/\r\n?/g, '\n') });
  // The opening line stays as an empty line, so the parser's line numbers are those of the file.
  return { name, head: readYaml({ file, text: `\n${head}` }), body, firstLine };
}

function split(given: { file: string; text: string }): { head: string; body: string; firstLine: number } {
  const { file, text } = given;
  if (!/^---[ \t]*\n/.test(text)) return { head: '', body: text, firstLine: 1 };
  const lines = text.split('\n');
  const end = lines.findIndex((line, index) => index > 0 && /^---[ \t]*$/.test(line));
  if (end === -1) throw wrongConfig({ file, line: 1, what: 'the front matter that begins here has no closing ---' });
  return { head: lines.slice(1, end).join('\n'), body: lines.slice(end + 1).join('\n'), firstLine: end + 2 };
}
