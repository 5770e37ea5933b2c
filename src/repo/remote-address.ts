// The addresses of a remote. Git resolves a relative path from the top folder that a command runs in, and our commands run
// in the common folder, in worktrees and in folders of our own; so this file, and no other, makes relative paths absolute.
// The effect of `url.*.insteadOf` and `remote.*.pushurl` on an address is asked of git.
import { join } from 'node:path';
import type { Git, GitCall } from './git.ts';
import { shared } from './registry.ts';

export interface RemoteAddresses {
  /** Absolute; all that are configured. Git fetches from the first one. */
  readonly fetch: readonly string[];
  /** Absolute. A push goes to each of them. */
  readonly push: readonly string[];
  /** The addresses that git knows as relative paths, each with its absolute form. */
  readonly relative: readonly { readonly from: string; readonly to: string }[];
}

/** Called when a command is about to contact the remote. */
export type Reach = (remote: string) => Promise<RemoteAddresses>;

/**
 * The address in a form that works from any folder. `root` is the top folder, with all symbolic links resolved. Unchanged
 * are: absolute paths, anything with a colon before its first slash (git's own rule: `host:path`, `https://…`,
 * `file://…`, `ext::…`, `C:/…`), `~`, which git's program at the other end resolves, and paths that begin with
 * backslashes.
 */
export function absoluteAddress(given: { readonly address: string; readonly root: string }): string {
  const { address, root } = given;
  if (address === '' || /^(?:[/\\~]|[^/]*:)/.test(address)) return address;
  // Only parts that certainly contain no symbolic link are resolved here; the rest is left to the system, as git does.
  const rest = address.replace(/^(?:\.{1,2}(?:\/+|$))*/, '');
  const folder = join(root, address.slice(0, address.length - rest.length)).replace(/(?<=.)\/$/, '');
  return rest === '' ? folder : `${folder === '/' ? '' : folder}/${rest}`;
}

/** Empty for a remote that is not configured. `root` is requested only if an address is relative. */
export async function remoteAddresses(
  git: Git,
  given: { readonly common: string; readonly remote: string; readonly root: () => Promise<string> },
): Promise<RemoteAddresses> {
  const { common, remote } = given;
  const urls = async (which: readonly string[]): Promise<readonly string[]> => {
    const listed = await git.maybe({ ...shared(common), args: ['remote', 'get-url', '--all', ...which, '--', remote], kind: 'read' });
    return listed?.split('\n') ?? [];
  };
  const [fetch, push] = await Promise.all([urls([]), urls(['--push'])]);
  // Resolving with `/` as the root shows which addresses depend on the real one.
  const all = [...new Set([...fetch, ...push])].filter((address) => absoluteAddress({ address, root: '/' }) !== address);
  if (all.length === 0) return { fetch, push, relative: [] };
  const root = await given.root();
  const absolute = (address: string): string => absoluteAddress({ address, root });
  return { fetch: fetch.map(absolute), push: push.map(absolute), relative: all.map((from) => ({ from, to: absolute(from) })) };
}

/**
 * The call, with settings by which the remote's name leads to the absolute addresses. Everything else that is configured
 * for the remote stays.
 */
export function reaching(call: GitCall, { relative }: RemoteAddresses): GitCall {
  const options: string[] = [];
  const env: Record<string, string> = {};
  for (const { from, to } of relative) {
    const key = `url.${to}.insteadOf`;
    // `-c` ends the key at the first `=`, but a folder's name may contain one; the other way requires git 2.31.
    if (to.includes('=')) {
      const name = `YARDMASTER_ADDRESS_${options.length}`;
      env[name] = from;
      options.push('--config-env', `${key}=${name}`);
    } else options.push('-c', `${key}=${from}`);
  }
  return options.length === 0 ? call : { ...call, args: [...options, ...call.args], env: { ...call.env, ...env } };
}
