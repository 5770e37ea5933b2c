// MCP servers: one description for every agent, the choice of servers for a worker, and the references in their values.

export interface McpServer {
  readonly name: string;
  readonly transport: 'stdio' | 'http' | 'sse';
  /** The program and its arguments; empty for a server that is reached by an address. */
  readonly command: readonly string[];
  readonly url: string | null;
  /** Variables of the program's environment, and headers of each request; `partsOf` reads their values. */
  readonly env: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Null: every agent. */
  readonly agents: readonly string[] | null;
  /** Whether the server is also written into the agents' own configurations, for the people who use them. */
  readonly people: boolean;
  /** Whether workers may have it. */
  readonly workers: boolean;
  /** A worker that lacks this server is ended. */
  readonly required: boolean;
}

export type McpServers = Readonly<Record<string, McpServer>>;

/**
 * A reference to where a part of a value is kept: `${env:NAME}`, `${file:PATH}`, `${command:LINE}`; `${fill:WORDS}` is a
 * part that a person still has to fill in.
 */
export interface Reference {
  readonly kind: 'env' | 'file' | 'command' | 'fill';
  readonly of: string;
}

export type Part = string | Reference;

/** The text and the references of a value, in order; `$${` is a plain `${`. Null if a reference is malformed. */
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

/** All texts in the values of a server that are not references. */
export function textsOf(server: McpServer): readonly string[] {
  return allParts(server).filter((part) => typeof part === 'string');
}

function allParts({ command, url, env, headers }: McpServer): readonly Part[] {
  const values = [...command, url ?? '', ...Object.values(env), ...Object.values(headers)];
  return values.flatMap((value) => partsOf(value) ?? []);
}

/** The parts that a person still has to fill in. */
export function unfilled(server: McpServer): readonly string[] {
  return [...new Set(referencesOf(server).flatMap(({ kind, of }) => (kind === 'fill' ? [of] : [])))];
}

/** In a list of names, the word that means no server at all. */
const none = 'none';

/** The names from the narrowest level that gives any: the task, else its batch, else the configuration. */
export function wantedServers(given: {
  readonly task: readonly string[] | null;
  readonly batch: readonly string[] | null;
  readonly configured: readonly string[];
}): readonly string[] {
  const names = given.task ?? given.batch ?? given.configured;
  return names.length === 1 && names[0] === none ? [] : [...new Set(names)];
}

/** The servers with these names, for a worker of the agent; or the sentence that says why they cannot be had. */
export function chooseServers(given: {
  readonly wanted: readonly string[];
  readonly known: McpServers;
  /** Null if no agent is chosen yet: then servers for any agent are allowed. */
  readonly agent: string | null;
  /** Keys of the repository's configuration that have no effect because they are not trusted. */
  readonly untrusted: readonly string[];
}): readonly McpServer[] | { readonly problem: string } {
  const { wanted, known, agent, untrusted } = given;
  const servers: McpServer[] = [];
  for (const name of wanted) {
    const server = Object.hasOwn(known, name) ? known[name] : undefined;
    if (server === undefined) {
      if (untrusted.includes(`servers.${name}`)) {
        const hint = 'you have not trusted it yet (to see it and decide: yardmaster trust)';
        return { problem: `the MCP server "${name}" of the repository has no effect: ${hint}` };
      }
      const names = Object.keys(known).join(', ');
      return {
        problem: `there is no MCP server "${name}"; ${names === '' ? 'no mcp.yaml describes any' : `these are described: ${names}`}`,
      };
    }
    const open = unfilled(server);
    if (!server.workers) return { problem: `the MCP server ${name} is not for workers (workers: false)` };
    if (open.length > 0) return { problem: `the MCP server ${name} still has values to fill in: ${open.join(', ')}` };
    if (agent !== null && server.agents?.includes(agent) === false)
      return { problem: `the MCP server ${name} is not for ${agent} (agents: ${server.agents.join(', ')})` };
    servers.push(server);
  }
  return servers;
}

/** A server with its references resolved, so its values may be secret. */
export interface ReadyServer {
  readonly name: string;
  readonly transport: McpServer['transport'];
  readonly command: readonly string[];
  readonly url: string | null;
  readonly env: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly required: boolean;
}

/** The servers that a worker needs and that, by its agent's report (`servers`), did not start. */
export function missingServers(given: {
  readonly required: readonly string[];
  readonly servers: readonly { readonly name: string; readonly status: string }[];
}): readonly string[] {
  const failed = new Set(given.servers.flatMap(({ name, status }) => (status === 'connected' ? [] : [name])));
  return given.required.filter((name) => failed.has(name));
}
