// Decides how much of a setting may be shown: never a part that can hold a secret, whatever its name is. References say
// where a secret is, and are shown. So are the parts by which a person recognizes a setting: the program, the names of
// options, the host of an address. `delivery.setup` and `delivery.checks` are shown in full, because workers, their prompts
// and reasons contain them word for word anyway.
import { partsOf, type McpServer } from '../own/mcp.ts';

export const hidden = '<secret>';

/** `key`: the setting's path, such as `agents.claude.env.TOKEN`. */
export function shownSetting(key: string, value: unknown): unknown {
  if (/^agents\.[^.]+\.args$/.test(key)) return Array.isArray(value) ? shownWords(value.map(String), () => hidden) : value;
  if (/^agents\.[^.]+\.(?:env|config)\./.test(key)) return within(value);
  if (typeof value !== 'string') return value;
  if (key === 'notify.webhook') return shownText(value);
  if (key === 'notify.command') return shownLine(value);
  if (/^accounts\..+\.secret$/.test(key))
    return value.replace(/^(command:)(.*)$/s, (_, kind: string, line: string) => kind + shownLine(line));
  return value;
}

/** A single value: a reference stays as it is, and of an address only the host is shown. */
export function shownText(text: string): string {
  if (/^(?:env:\w+|\$\{\w+\}|\{(?:env|file):[^{}]+\})$/.test(text)) return text;
  return /^[a-z][a-z\d+.-]*:\/\//i.test(text) && URL.canParse(text) ? shownAddress(new URL(text)) : hidden;
}

function shownAddress({ protocol, host, href }: URL): string {
  const bare = `${protocol}//${host}`;
  return href === bare || href === `${bare}/` ? bare : `${bare}/${hidden}`;
}

/** Arguments: the names of options, and their values as far as `value` shows them. */
export function shownWords(words: readonly string[], value: (text: string) => string): string[] {
  return words.map((word) => {
    const [, option = '', rest] = /^(--[a-z][a-z-]*|-[a-z])?(?:=(.*))?$/is.exec(word) ?? [];
    if (option === '') return value(word);
    return rest === undefined ? option : `${option}=${value(rest)}`;
  });
}

/** A shell command: only its program is shown. */
function shownLine(line: string): string {
  const [, program, rest] = /^\s*([\w@%+:,./~-]+)(?:\s+(.*))?$/s.exec(line) ?? [];
  if (program === undefined) return hidden;
  return rest === undefined || rest === '' ? program : `${program} ${hidden}`;
}

function within(value: unknown): unknown {
  if (typeof value === 'string') return shownText(value);
  if (Array.isArray(value)) return value.map(within);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, within(one)]));
}

export function shownServer(server: McpServer): McpServer {
  const { command, url, env, headers } = server;
  const [program, ...args] = command;
  return {
    ...server,
    command:
      program === undefined ? [] : [/^[\w@%+:,./~-]+$/.test(program) ? program : shownValue(program), ...shownWords(args, shownValue)],
    url: url === null ? null : url.includes('${') ? shownValue(url) : shownText(url),
    env: shownValues(env),
    headers: shownValues(headers),
  };
}

function shownValues(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, shownValue(value)]));
}

/** A value with references: only the references are shown. */
function shownValue(value: string): string {
  return (partsOf(value) ?? [value])
    .map((part) => (typeof part === 'string' ? hidden : `\${${part.kind}:${part.kind === 'command' ? shownLine(part.of) : part.of}}`))
    .join('');
}
