// MCP servers: one description for every agent, which of them a worker gets, and the references within their values.

export interface McpServer {
  readonly name: string;
  readonly transport: 'stdio' | 'http' | 'sse';
  /** The program and its arguments; empty where the server is reached by its address. */
  readonly command: readonly string[];
  readonly url: string | null;
  /** For the program's environment, and with each request; values as `partsOf` reads them. */
  readonly env: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Null: every agent. */
  readonly agents: readonly string[] | null;
  /** Written into the agents' own configurations, for the people who use them. */
  readonly people: boolean;
  /** May be named for workers. */
  readonly workers: boolean;
  /** A worker without it is ended. */
  readonly required: boolean;
}

export type McpServers = Readonly<Record<string, McpServer>>;

/** Where a part of a value is kept: `${env:NAME}`, `${file:PATH}`, `${command:LINE}`; `${fill:WORDS}`: a person has to fill it in. */
export interface Reference {
  readonly kind: 'env' | 'file' | 'command' | 'fill';
  readonly of: string;
}

export type Part = string | Reference;

/** A value's text and references, in their order; `$${` is a plain `${`. Null: a reference that is none. */
export function partsOf(value: string): readonly Part[] | null {
  const parts: Part[] = [];
  let text = '';
  for (let at = 0; at < value.length;) {
    if (value.startsWith('$${', at)) {
      text += '${';
      at += 3;
    } else if (value.startsWith('${', at)) {
      const found = /^\$\{(env|file|command|fill):([^}]+)\}/.exec(value.slice(at));
      const [whole, kind, of] = found ?? [];
      if (whole === undefined || of === undefined || (kind === 'env' && !/^\w+$/.test(of))) return null;
      if (text !== '') parts.push(text);
      text = '';
      parts.push({ kind: kind as Reference['kind'], of });
      at += whole.length;
    } else {
      text += value[at];
      at += 1;
    }
  }
  return text === '' ? parts : [...parts, text];
}

/** All references in the values of a server. */
export function referencesOf(server: McpServer): readonly Reference[] {
  return allParts(server).filter((part) => typeof part !== 'string');
}

/** All that is no reference in them. */
export function textsOf(server: McpServer): readonly string[] {
  return allParts(server).filter((part) => typeof part === 'string');
}

function allParts({ command, url, env, headers }: McpServer): readonly Part[] {
  const values = [...command, url ?? '', ...Object.values(env), ...Object.values(headers)];
  return values.flatMap((value) => partsOf(value) ?? []);
}

/** What is still to be filled in by a person. */
export function unfilled(server: McpServer): readonly string[] {
  return [...new Set(referencesOf(server).flatMap(({ kind, of }) => (kind === 'fill' ? [of] : [])))];
}

/** The word that stands for no server at all, where a batch or the configuration names some. */
const none = 'none';

/** The names as the narrowest says that says any: the task, else its batch, else the configuration. */
export function wantedServers(given: {
  readonly task: readonly string[] | null;
  readonly batch: readonly string[] | null;
  readonly configured: readonly string[];
}): readonly string[] {
  const names = given.task ?? given.batch ?? given.configured;
  return names.length === 1 && names[0] === none ? [] : [...new Set(names)];
}

/** The servers of these names for a worker of the agent, or why there can be none, in words. */
export function chooseServers(given: {
  readonly wanted: readonly string[];
  readonly known: McpServers;
  /** Null: not decided yet, so that each agent's may be named. */
  readonly agent: string | null;
  /** Keys of the repository's configuration that are not in force for want of trust. */
  readonly untrusted: readonly string[];
}): readonly McpServer[] | { readonly problem: string } {
  const { wanted, known, agent, untrusted } = given;
  const servers: McpServer[] = [];
  for (const name of wanted) {
    const server = Object.hasOwn(known, name) ? known[name] : undefined;
    if (server === undefined) {
      if (untrusted.includes(`servers.${name}`)) {
        const hint = 'it lacks your trust (yardmaster trust shows it and asks)';
        return { problem: `the MCP server "${name}" of the repository is not in force: ${hint}` };
      }
      const names = Object.keys(known).join(', ');
      return { problem: `there is no MCP server "${name}"; ${names === '' ? 'none is described in an mcp.yaml' : `known are ${names}`}` };
    }
    const open = unfilled(server);
    if (!server.workers) return { problem: `the MCP server ${name} is not for workers (workers: false)` };
    if (open.length > 0) return { problem: `the MCP server ${name} is not filled in: ${open.join(', ')}` };
    if (agent !== null && server.agents?.includes(agent) === false)
      return { problem: `the MCP server ${name} is not for ${agent} (agents: ${server.agents.join(', ')})` };
    servers.push(server);
  }
  return servers;
}

/** A server with its references resolved: what it holds may be secret. */
export interface ReadyServer {
  readonly name: string;
  readonly transport: McpServer['transport'];
  readonly command: readonly string[];
  readonly url: string | null;
  readonly env: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly required: boolean;
}

/** Servers that a worker needs, of which its agent said that they did not start. `servers`: as it told them. */
export function missingServers(given: {
  readonly required: readonly string[];
  readonly servers: readonly { readonly name: string; readonly status: string }[];
}): readonly string[] {
  const failed = new Set(given.servers.flatMap(({ name, status }) => (status === 'connected' ? [] : [name])));
  return given.required.filter((name) => failed.has(name));
}
