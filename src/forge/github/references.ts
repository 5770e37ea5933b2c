// The references that may hold a token for a host, in the order in which they are tried. A token is never sent to a host that
// it is not for: each reference says by its nature for which hosts it is.
import type { Env } from '../../core/security/environment.ts';
import type { Reference } from '../../core/own/mcp.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { which } from '../../lib/which.ts';
import { isPublic } from './host.ts';

export interface TokenReference {
  readonly reference: Reference;
  /** What people call it. */
  readonly name: string;
  /** A person named it in the settings, so if it gives nothing, nothing else is tried. */
  readonly isConfigured: boolean;
}

export function referencesFor(given: {
  readonly host: string;
  readonly hosts: readonly string[];
  readonly secret: string | null;
  readonly env: Env;
}): readonly TokenReference[] {
  const { host, hosts, secret, env } = given;
  const isNamed = hosts.some((one) => one.toLowerCase() === host);
  if (!isPublic(host) && !isNamed) return [];
  const configured = secret === null || !(hosts.length === 0 ? isPublic(host) : isNamed) ? null : configuredReference(secret);
  if (configured !== null) return [configured];
  const variables = isPublic(host) ? ['GH_TOKEN', 'GITHUB_TOKEN'] : ['GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN'];
  const set = variables.filter((name) => (env[name] ?? '') !== '');
  return [
    ...set.map((name): TokenReference => ({ reference: { kind: 'env', of: name }, name, isConfigured: false })),
    ...ofGh({ host, env }),
  ];
}

/** The schema of the settings admits only these forms. */
function configuredReference(secret: string): TokenReference | null {
  const [, kind, of] = /^(env|file|command):(.+)$/s.exec(secret) ?? [];
  if (kind === undefined || of === undefined) return null;
  return { reference: { kind: kind as 'env' | 'file' | 'command', of }, name: kind === 'env' ? of : `${kind}:${of}`, isConfigured: true };
}

/** The program of GitHub, if the person has it: a relative folder of the search path could be a repository's, and is left out. */
function ofGh({ host, env }: { readonly host: string; readonly env: Env }): readonly TokenReference[] {
  const searchPath = (env['PATH'] ?? '')
    .split(':')
    .filter((folder) => folder.startsWith('/'))
    .join(':');
  const path = which({ name: 'gh', searchPath, cwd: '/' });
  if (path === null) return [];
  const folder = env['GH_CONFIG_DIR'] ?? '';
  const beside = folder === '' ? '' : `GH_CONFIG_DIR=${shellWord(folder)} `;
  const of = `${beside}${shellWord(path)} auth token --hostname ${shellWord(host)}`;
  return [{ reference: { kind: 'command', of }, name: 'gh auth token', isConfigured: false }];
}
