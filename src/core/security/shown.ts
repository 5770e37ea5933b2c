// What may be shown of settings: never what can hold a secret, whatever it is called. A reference tells where a secret is
// and stays, and so does what a person knows a setting by: the program, the options' names, an address's host.
// `delivery.setup` and `delivery.checks` are shown: workers, their prompts and reasons have them word for word anyway.
import { partsOf, type McpServer } from '../own/mcp.ts';

export const hidden = '<secret>';

/** `key`: of the setting, such as `agents.claude.env.TOKEN`. */
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

/** A value by itself: a reference as it is, of an address the host. */
export function shownText(text: string): string {
  if (/^(?:env:\w+|\$\{\w+\}|\{(?:env|file):[^{}]+\})$/.test(text)) return text;
  return /^[a-z][a-z\d+.-]*:\/\//i.test(text) && URL.canParse(text) ? shownAddress(new URL(text)) : hidden;
}

function shownAddress({ protocol, host, href }: URL): string {
  const bare = `${protocol}//${host}`;
  return href === bare || href === `${bare}/` ? bare : `${bare}/${hidden}`;
}

/** Arguments: the options' names, and of their values what `value` leaves. */
export function shownWords(words: readonly string[], value: (text: string) => string): string[] {
  return words.map((word) => {
    const [, option = '', rest] = /^(--[a-z][a-z-]*|-[a-z])?(?:=(.*))?$/is.exec(word) ?? [];
    if (option === '') return value(word);
    return rest === undefined ? option : `${option}=${value(rest)}`;
  });
}

/** A line for the shell: its program. */
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

/** With references among its text. */
function shownValue(value: string): string {
  return (partsOf(value) ?? [value])
    .map((part) => (typeof part === 'string' ? hidden : `\${${part.kind}:${part.kind === 'command' ? shownLine(part.of) : part.of}}`))
    .join('');
}
