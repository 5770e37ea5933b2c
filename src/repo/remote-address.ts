// Where a remote is. Git takes a relative path from the top folder that a command runs in, and ours run in the common
// folder, in worktrees and in folders of our own; so it is made absolute here, and nowhere else. What git makes of an
// address by `url.*.insteadOf` and `remote.*.pushurl` is asked of git.
import { join } from 'node:path';
import type { Git, GitCall } from './git.ts';
import { shared } from './registry.ts';

export interface RemoteAddresses {
  /** Absolute, all that are configured. Git fetches from the first. */
  readonly fetch: readonly string[];
  /** Absolute. A push goes to each of them. */
  readonly push: readonly string[];
  /** Those that git knows as a relative path, each with the absolute one. */
  readonly relative: readonly { readonly from: string; readonly to: string }[];
}

/** Asked for when a command is about to talk to the remote. */
export type Reach = (remote: string) => Promise<RemoteAddresses>;

/**
 * The address as it can be used from any folder; `root` is the top folder, with all symbolic links resolved. Left as they
 * are: absolute paths, whatever has a colon before its first slash (as git decides: `host:path`, `https://…`, `file://…`,
 * `ext::…`, `C:/…`), `~`, which git's own program at the other end resolves, and paths with backslashes in front.
 */
export function absoluteAddress(given: { readonly address: string; readonly root: string }): string {
  const { address, root } = given;
  if (address === '' || /^(?:[/\\~]|[^/]*:)/.test(address)) return address;
  // Only what is known to hold no symbolic link is put together here; the rest is left to the system, as git leaves it.
  const rest = address.replace(/^(?:\.{1,2}(?:\/+|$))*/, '');
  const folder = join(root, address.slice(0, address.length - rest.length)).replace(/(?<=.)\/$/, '');
  return rest === '' ? folder : `${folder === '/' ? '' : folder}/${rest}`;
}

/** None for a remote that is not configured. `root` is asked for only where an address is relative. */
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
  // A root with a slash in the place of the real one tells which of them depend on it.
  const all = [...new Set([...fetch, ...push])].filter((address) => absoluteAddress({ address, root: '/' }) !== address);
  if (all.length === 0) return { fetch, push, relative: [] };
  const root = await given.root();
  const absolute = (address: string): string => absoluteAddress({ address, root });
  return { fetch: fetch.map(absolute), push: push.map(absolute), relative: all.map((from) => ({ from, to: absolute(from) })) };
}

/** The call with which the remote's name leads to the absolute addresses, and keeps all else that is configured for it. */
export function reaching(call: GitCall, { relative }: RemoteAddresses): GitCall {
  const options: string[] = [];
  const env: Record<string, string> = {};
  for (const { from, to } of relative) {
    const key = `url.${to}.insteadOf`;
    // `-c` ends the key at the first `=`, and a folder's name may hold one; the other way is of git 2.31.
    if (to.includes('=')) {
      const name = `YARDMASTER_ADDRESS_${options.length}`;
      env[name] = from;
      options.push('--config-env', `${key}=${name}`);
    } else options.push('-c', `${key}=${from}`);
  }
  return options.length === 0 ? call : { ...call, args: [...options, ...call.args], env: { ...call.env, ...env } };
}
