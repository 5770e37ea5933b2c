// Finds the MCP servers that a command line gives, as a dispatch would.
import { chooseServers } from '../core/own/mcp.ts';
import { Fault } from '../core/fault.ts';
import { loadSettings } from '../config/load.ts';
import type { CliContext } from './context.ts';

/** Faults: `unknown-mcp`. */
export async function checkServers(
  context: Pick<CliContext, 'env'>,
  given: { readonly repo: string; readonly names: readonly string[] },
): Promise<void> {
  const { mcp, untrusted } = (await loadSettings({ env: context.env, repo: given.repo, flags: {} })).settings;
  const wanted = given.names.filter((name) => name !== 'none');
  const chosen = chooseServers({ wanted, known: mcp, agent: null, untrusted: untrusted.keys });
  if ('problem' in chosen) throw unknownServer(chosen.problem);
}

export function unknownServer(problem: string): Fault {
  return new Fault({ code: 'unknown-mcp', message: problem, hint: 'yardmaster mcp lists all' });
}
