// Parses an agent's request to a model, in either protocol, into one form. It accepts any JSON: unknown kinds of content,
// roles and tools are skipped (Claude Code sends `role: "system"` in mid-conversation and tools without a schema).
import type { IncomingHttpHeaders } from 'node:http';

export type ProtocolName = 'anthropic' | 'openai' | 'bedrock';

export interface OfferedTool {
  readonly name: string;
  /** Names of the fields that its input may have. */
  readonly fields: readonly string[];
}

export interface ModelRequest {
  readonly model: string;
  readonly stream: boolean;
  /** OpenAI only: the client asked for a last chunk with the usage. */
  readonly includeUsage: boolean;
  readonly system: string;
  /** The user's text of all messages, without the reminders that the agent adds. */
  readonly prompt: string;
  readonly tools: readonly OfferedTool[];
  /** The agent's working directory; null if the request does not contain it. */
  readonly cwd: string | null;
  /** A side request for the title of the session, which is no step of the script. */
  readonly title: boolean;
}

/** A route of the API, determined from the path alone. */
export interface Route {
  readonly kind: 'model' | 'count' | 'models' | 'other';
  readonly protocol: ProtocolName;
  /** The scenario in `/s/<scenario>/…`; null without it. */
  readonly scenario: string | null;
  /** The model, for clouds whose path contains it; absent: the body contains it. */
  readonly model?: string;
}

export function findRoute(url: string): Route {
  const path = url.split(/[?#]/, 1)[0] ?? '';
  const scoped = /^\/s\/([^/]+)(\/.*)?$/.exec(path);
  const scenario = scoped?.[1] === undefined ? null : decoded(scoped[1]);
  const rest = scoped === null ? path : (scoped[2] ?? '/');
  if (rest.endsWith('/v1/messages')) return { kind: 'model', protocol: 'anthropic', scenario };
  if (rest.endsWith('/v1/messages/count_tokens')) return { kind: 'count', protocol: 'anthropic', scenario };
  if (rest.endsWith('/v1/chat/completions')) return { kind: 'model', protocol: 'openai', scenario };
  const cloud = cloudModel(rest);
  if (cloud !== null) return { kind: 'model', scenario, ...cloud };
  return { kind: rest.endsWith('/v1/models') ? 'models' : 'other', protocol: 'anthropic', scenario };
}

/** The paths of Bedrock and Vertex for requests with a stream; their other paths are not supported. */
function cloudModel(path: string): { readonly protocol: ProtocolName; readonly model: string } | null {
  const [, bedrock] = /\/model\/([^/]+)\/invoke-with-response-stream$/.exec(path) ?? [];
  if (bedrock !== undefined) return { protocol: 'bedrock', model: decoded(bedrock) };
  const [, vertex] = /\/publishers\/anthropic\/models\/([^/]+):streamRawPredict$/.exec(path) ?? [];
  return vertex === undefined ? null : { protocol: 'anthropic', model: decoded(vertex) };
}

export function readRequest(body: unknown): ModelRequest {
  const root = record(body);
  const messages = list(root['messages']).map(record);
  const system = [
    text(root['system']),
    ...messages.filter((m) => m['role'] === 'system' || m['role'] === 'developer').map((m) => text(m['content'])),
  ].join('\n');
  const written = messages.filter((m) => m['role'] === 'user').map((m) => text(m['content']));
  const tools = list(root['tools'])
    .map(offered)
    .filter((tool) => tool.name !== '');
  return {
    model: typeof root['model'] === 'string' ? root['model'] : '',
    stream: root['stream'] === true,
    includeUsage: record(root['stream_options'])['include_usage'] === true,
    system,
    prompt: withoutReminders(written.join('\n')).trim(),
    tools,
    cwd: findWorkingDirectory(system) ?? findWorkingDirectory(written.join('\n')),
    // OpenCode asks for a title beside the first real request unless it was given one; that request offers no tools.
    title: tools.length === 0 && /\btitle generator\b|\bgenerate a (?:\w+ ){0,3}title\b/i.test(system),
  };
}

export function credentialsOf(headers: IncomingHttpHeaders): { readonly apiKey: string | null; readonly bearer: string | null } {
  const key = headers['x-api-key'];
  const bearer = /^bearer\s+(.+)$/i.exec(headers.authorization ?? '')?.[1];
  return { apiKey: typeof key === 'string' ? key : null, bearer: bearer ?? null };
}

/**
 * Claude Code writes ` - Primary working directory: /x` under `# Environment`, in a system message among the messages;
 * OpenCode writes `  Working directory: /x` inside `<env>` of the system prompt. The last one counts, because a resumed
 * session may have moved.
 */
function findWorkingDirectory(from: string): string | null {
  const found = [...from.matchAll(/^[\s-]*(?:primary )?working directory:[ \t]*((?:\/|[a-z]:\\).*?)[ \t]*$/gim)];
  return found.at(-1)?.[1] ?? null;
}

/**
 * Removes the blocks in which Claude Code adds git's state (branch and last commits, which contain ids of other tasks) and
 * CLAUDE.md to the user's message.
 */
function withoutReminders(prompt: string): string {
  return prompt.replaceAll(/<system-reminder>[\s\S]*?<\/system-reminder>\n?/g, '');
}

function offered(value: unknown): OfferedTool {
  const tool = record(value);
  const inner = tool['type'] === 'function' ? record(tool['function']) : tool;
  const schema = record(inner['input_schema'] ?? inner['parameters']);
  return { name: typeof inner['name'] === 'string' ? inner['name'] : '', fields: Object.keys(record(schema['properties'])) };
}

/** The text of a message's content: a string, or the text blocks of a list. */
function text(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts = list(content).map((block) => record(block)['text']);
  return parts.filter((part) => typeof part === 'string').join('\n');
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
