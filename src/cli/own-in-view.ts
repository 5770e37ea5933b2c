// The agents' own configurations as the commands see them: a person's, or those of the repository in which they stand.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ownsOf, type Own } from '../api/own.ts';
import { loadSettings } from '../config/load.ts';
import { repositorySources, userSources } from '../config/paths.ts';
import { readSource } from '../config/source.ts';
import { Fault } from '../core/fault.ts';
import type { Settings } from '../core/settings.ts';
import type { Host } from '../ports/host.ts';
import { openAgents, openDeployer, openHost, refuseNone, repoAt, siteHere } from './compose.ts';
import type { CliContext } from './context.ts';

export interface Owns {
  readonly settings: Settings;
  readonly host: Host;
  readonly all: readonly Own[];
}

/**
 * Of every installed agent that has one, or of the named ones. `project`: of the repository one stands in, and its `.yardmaster/`
 * alone. Faults: `config` (the source), `not-a-repository`, `no-agent`, `unsupported`, `untrusted`.
 */
export async function ownsInView(
  context: CliContext,
  flags: { readonly project?: boolean; readonly agent?: readonly string[] },
): Promise<Owns> {
  const repo = await repoAt(context.cwd);
  const project = flags.project === true ? repo : null;
  if (flags.project === true && repo === null) await refuseNone({ dir: context.cwd, hint: 'leave --project out' });
  const { settings } = await loadSettings({ env: context.env, repo, flags: {} });
  const kept = project === null ? [] : settings.untrusted.keys.filter((key) => key.startsWith('servers.'));
  if (kept.length > 0)
    throw new Fault({
      code: 'untrusted',
      message: `.yardmaster/mcp.yaml lacks your trust: ${kept.join(', ')}`,
      hint: 'yardmaster trust shows it and asks',
    });
  const folders = project === null ? [starter(), userSources(context.env)] : [repositorySources(project)];
  const { source: read, faults } = await readSource(folders);
  const [first] = faults;
  if (first !== undefined) throw first;
  // What is a person's must not depend on the repository that they stand in.
  const { models } = project === null ? (await loadSettings({ env: context.env, repo: null, flags: {} })).settings : settings;
  const source = { ...read, tiers: models.tiers };
  const [agents, host, deployer] = await Promise.all([openAgents(), openHost(), openDeployer(context)]);
  const site = await siteHere({ around: context, host });
  const env = { ...context.env, HOME: context.env['HOME'] ?? homedir() };
  const all = await ownsOf({ agents, host, site, deployer, env, settings, source, project }, flags.agent ?? []);
  return { settings, host, all };
}

/** Beside the program, which may run from its source, from the bundle or from a piece of that. */
function starter(): string {
  const places = ['../../starter', '../../../starter', '../starter'].map((up) => fileURLToPath(new URL(up, import.meta.url)));
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new Fault({
    code: 'incomplete',
    message: 'this package is incomplete: its starter set is missing',
    hint: 'install yardmaster again',
  });
}
