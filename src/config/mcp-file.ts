// Reads `mcp.yaml`: the MCP servers that agents and workers may have. Faults: `config`, with file, line and the expected
// form.
import { z } from 'zod';
import { partsOf, type McpServer, type McpServers } from '../core/own/mcp.ts';
import { wrongConfig } from './layer.ts';
import { readYaml } from './read-yaml.ts';
import { agentNames } from './schema.ts';
import { wrongShape } from './wrong-shape.ts';

const value = z.string().refine((text) => partsOf(text) !== null, {
  error: 'a reference is ${env:NAME}, ${file:PATH}, ${command:LINE} or ${fill:WHAT}; a plain ${ is written $${',
});
const values = z.record(z.string(), value);

const server = z.strictObject({
  transport: z.enum(['stdio', 'http', 'sse']).optional(),
  command: z.union([z.string().min(1), z.array(value).min(1)]).optional(),
  args: z.array(value).optional(),
  url: value.optional(),
  env: values.optional(),
  headers: values.optional(),
  agents: z.array(z.enum(agentNames)).optional(),
  people: z.boolean().optional(),
  workers: z.boolean().optional(),
  required: z.boolean().optional(),
});

/** Agents build names of tools from it, in which only these characters are allowed. `none` means no server at all. */
const name = z.string().regex(/^(?!none$)[A-Za-z][\w-]{0,63}$/, 'expected a name of letters, digits, - and _, and not "none"');

const file = z.strictObject({ servers: z.record(name, server).optional() });

export function parseMcpFile(given: { readonly file: string; readonly text: string }): McpServers {
  const { values: told, lineOf } = readYaml(given);
  const parsed = file.safeParse(told);
  if (!parsed.success) throw wrongShape({ file: given.file, issues: parsed.error.issues, lineOf });
  return Object.fromEntries(
    Object.entries(parsed.data.servers ?? {}).map(([name, described]) => {
      const wrong = problemOf(described);
      if (wrong !== null)
        throw wrongConfig({ file: given.file, line: lineOf(['servers', name, wrong.key]), what: `servers.${name}${wrong.what}` });
      return [name, serverOf(name, described)];
    }),
  );
}

type Described = z.infer<typeof server>;

function transportOf({ transport, url }: Described): McpServer['transport'] {
  return transport ?? (url === undefined ? 'stdio' : 'http');
}

/** Which keys are allowed together depends on how the server is reached. */
function problemOf(described: Described): { readonly key: string; readonly what: string } | null {
  const { command, url, headers, args, env } = described;
  const remote = transportOf(described) !== 'stdio';
  if (!remote && command === undefined) return { key: 'command', what: ': expected a command, or the url of a running server' };
  if (remote && url === undefined) return { key: 'transport', what: '.url: expected the address of the server' };
  if (remote && (command !== undefined || args !== undefined || env !== undefined))
    return { key: 'command', what: ': a server with a url has no command, args or env' };
  if (!remote && (url !== undefined || headers !== undefined))
    return { key: 'url', what: ': a server with a command has no url or headers' };
  return null;
}

function serverOf(name: string, described: Described): McpServer {
  const { command = [], args = [], url, env = {}, headers = {}, agents, people = true, workers = true, required = false } = described;
  return {
    name,
    transport: transportOf(described),
    command: [...(typeof command === 'string' ? [command] : command), ...args],
    url: url ?? null,
    env,
    headers,
    agents: agents === undefined || agents.length === 0 ? null : agents,
    people,
    workers,
    required,
  };
}
