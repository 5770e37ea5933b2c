// A plugin of ours that OpenCode loads inside a worker. `opencode run` does not report several facts that a supervisor
// needs, and its shell tool inherits variables that are meant for OpenCode alone. The plugin
// - prints lines of its own on standard output: each retry with the HTTP status and the time of the next try (otherwise a
//   429 with a retry-after of an hour hangs silently), the running cost of subagents' sessions, and that a conversation was
//   compacted (an overflow is reported as an error, and its repair not at all);
// - prevents the start of every MCP server that the worker was not given, including those of other plugins; reports, before
//   the first request, which of its own came up; and ends the run there if a required one did not;
// - gives the worker's agent its role (bridge-role.ts);
// - gives shell tools the person's own environment: npm online, their data folder, no inline configuration.
// Measured with 1.18.33: session.status carries `retry` with `next`; session.updated of a child session carries the same
// cost, tokens and model as its row in the database; session.compacted comes after a summary was made; plugins get the
// configuration before any server starts, each as the previous ones left it, ours last, and `chat.message` before the first
// request; `client.mcp.status()` waits for all servers; plugins see `shell.env` before every shell call.
import { boundedSource, roleSource, type BridgeRole } from './bridge-role.ts';

/** Distinguishes the plugin's lines from OpenCode's own. */
export const bridgeType = 'yardmaster';

/**
 * The plugin's source. `restore`: variables for shell tools; an empty value means "not set". `tells` false: without the
 * lines, because standard output is a person's screen. `servers`: the servers that may run.
 */
export function bridgeSource(given: {
  readonly restore: Readonly<Record<string, string>>;
  readonly tells: boolean;
  readonly servers: readonly string[];
  readonly required: readonly string[];
  readonly role: BridgeRole | null;
}): string {
  const { role } = given;
  const told = `process.stdout.write(JSON.stringify({ type: ${JSON.stringify(bridgeType)}, ...line }) + '\\n')`;
  return `const tell = (line) => ${given.tells ? told : 'undefined'};
const restore = ${JSON.stringify(given.restore)};
const servers = ${JSON.stringify(given.servers)};
const required = ${JSON.stringify(given.required)};
${role?.tools == null ? '' : boundedSource}let status = null;
let config = null;
export const Yardmaster = async ({ client }) => {
  const send = globalThis.fetch;
  globalThis.fetch = Object.assign(async (...args) => {
    const asks = (args[1]?.method ?? args[0]?.method) === 'POST';
    try {
      const answer = await send(...args);
      if (asks) status = answer.status;
      return answer;
    } catch (error) {
      if (asks) status = null;
      throw error;
    }
  }, send);
  return {
    config: async (all) => {
      config = all;
      for (const [name, one] of Object.entries(all.mcp ?? {})) if (!servers.includes(name)) all.mcp[name] = { ...one, enabled: false };${role === null ? '' : roleSource(role)}
    },
    'chat.message': async () => {
      if (config === null || servers.length === 0) return;
      const { mcp = {} } = config;
      config = null;
      const told = (await client.mcp.status()).data ?? {};
      // Of the start alone: left there, it would end every call that takes longer.
      for (const name of servers) delete mcp[name]?.timeout;
      tell({ event: 'servers', servers: servers.map((name) => ({ name, status: told[name]?.status ?? 'failed', error: told[name]?.error })) });
      if (required.some((name) => told[name]?.status !== 'connected')) process.exit(1);
    },
    'shell.env': async (_call, output) => Object.assign(output.env, restore),
    event: async ({ event }) => {
      const facts = event.properties;
      if (event.type === 'session.status' && facts.status.type === 'retry')
        tell({ event: 'retry', session: facts.sessionID, status: status >= 400 ? status : null, message: facts.status.message, next: facts.status.next });
      if (event.type === 'session.compacted') tell({ event: 'compacted', session: facts.sessionID });
      if (event.type === 'session.updated' && facts.info.parentID)
        tell({ event: 'child', session: facts.info.id, cost: facts.info.cost, tokens: facts.info.tokens, model: facts.info.model });
    },
  };
};
`;
}
