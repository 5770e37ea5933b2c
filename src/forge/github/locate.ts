// Reads the repository out of a remote's address. An address is only GitHub's if its host is GitHub's own or is named in the
// settings; user names, passwords and tokens in an address are never kept.
import type { ForgeRepository } from '../../core/delivery/pull-facts.ts';
import { isLoopback, isPublic } from './host.ts';

interface Parts {
  readonly scheme: 'https' | 'http' | 'ssh' | 'git';
  /** With the port if there is one. */
  readonly host: string;
  readonly path: string;
}

export function locate({ address, hosts }: { readonly address: string; readonly hosts: readonly string[] }): ForgeRepository | null {
  const parts = asUrl(address) ?? asSsh(address);
  if (parts === null) return null;
  const host = hostOf({ parts, hosts: hosts.map((one) => one.toLowerCase()) });
  const [, owner, name] = /^\/*([\w-]+)\/([\w.-]+?)(?:\.git)?\/*$/.exec(parts.path) ?? [];
  if (host === null || owner === undefined || name === undefined || /^\.+(?:git)?$/.test(name)) return null;
  return { host, owner, name };
}

function asUrl(address: string): Parts | null {
  const scheme = /^(https?|ssh|git|git\+ssh):\/\//i.exec(address)?.[1]?.toLowerCase();
  // The class `URL` knows default ports and host names in capitals only for the web's schemes.
  const url = scheme === undefined ? null : URL.parse(address.replace(/^[^:]+/, scheme === 'http' ? 'http' : 'https'));
  if (url === null || url.search !== '' || url.hash !== '') return null;
  if (scheme === 'https' || scheme === 'http') return { scheme, host: url.host, path: url.pathname };
  return { scheme: scheme === 'git' ? 'git' : 'ssh', host: url.hostname, path: url.pathname };
}

/** `git@github.com:acme/app.git`. */
function asSsh(address: string): Parts | null {
  const [, host, path] = /^(?:[^@:/\s]+@)?([\w.-]+):(?!\/\/)(.+)$/.exec(address) ?? [];
  return host === undefined || path === undefined ? null : { scheme: 'ssh', host: host.toLowerCase(), path };
}

function hostOf({ parts, hosts }: { readonly parts: Parts; readonly hosts: readonly string[] }): string | null {
  const { scheme } = parts;
  // GitHub answers SSH on the port of the web at hosts of other names.
  const host = scheme === 'ssh' ? parts.host.replace(/^ssh\.(?=github\.com$)/, '') : parts.host.replace(/^www\.(?=github\.com$)/, '');
  if (scheme === 'http') return isLoopback(host) && hosts.includes(host) ? host : null;
  if (isPublic(host) || hosts.includes(host)) return host;
  // An address for SSH or of git's own protocol has another port than the web, or none.
  if (scheme === 'https') return null;
  return hosts.find((one) => one.replace(/:\d+$/, '') === host) ?? null;
}
