// The agents' own configurations as the commands see them: the person's, or those of the repository in which the command
// was called.
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
 * Returns one for every installed agent that has such a configuration, or for the given agents. `project` selects the
 * current repository's configurations and only its `.yardmaster/`. Faults: `config` (the source), `not-a-repository`,
 * `no-agent`, `unsupported`, `untrusted`.
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
      message: `these parts of .yardmaster/mcp.yaml need your trust first: ${kept.join(', ')}`,
      hint: 'yardmaster trust shows it and asks',
    });
  const folders = project === null ? [starter(), userSources(context.env)] : [repositorySources(project)];
  const { source: read, faults } = await readSource(folders);
  const [first] = faults;
  if (first !== undefined) throw first;
  // A person's own configuration must not depend on the repository in which the command was called.
  const { models } = project === null ? (await loadSettings({ env: context.env, repo: null, flags: {} })).settings : settings;
  const source = { ...read, tiers: models.tiers };
  const [agents, host, deployer] = await Promise.all([openAgents(), openHost(), openDeployer(context)]);
  const site = await siteHere({ around: context, host });
  const env = { ...context.env, HOME: context.env['HOME'] ?? homedir() };
  const all = await ownsOf({ agents, host, site, deployer, env, settings, source, project }, flags.agent ?? []);
  return { settings, host, all };
}

/** The starter set is beside the program, which may run from its source, from the bundle or from a chunk of the bundle. */
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
