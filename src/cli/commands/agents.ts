// `agents`: shows which agents are installed and signed in.
import { loadSettings } from '../../config/load.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { table } from '../../lib/table.ts';
import { openPorts, repoAt, siteHere } from '../compose.ts';
import { printJson, type CliContext } from '../context.ts';
import { lookAtAgents } from '../../api/agents.ts';
import { tellDistrust } from '../trust.ts';

export async function agents(this: CliContext, flags: { json?: boolean }): Promise<void> {
  const opened = await openPorts(this);
  try {
    const repo = await repoAt(this.cwd);
    const { settings } = await loadSettings({ env: this.env, repo, flags: {} });
    tellDistrust(this, { settings, repo });
    const views = await lookAtAgents({
      site: await siteHere({ around: this, host: opened.ports.host }),
      settings,
      agents: opened.ports.agents,
      host: opened.ports.host,
      vault: opened.ports.vault,
      states: await opened.ports.store.conditions('account'),
      now: systemClock.now(),
    });
    if (flags.json === true) return printJson(this, views);
    const rows = views.map((view) => [
      view.name,
      view.version ?? (view.installed ? 'does not run' : 'not installed'),
      view.auth.kind === null ? 'no account' : `account ${view.auth.kind}: ${view.auth.state}`,
      view.path ?? '',
    ]);
    this.out.write(table([['AGENT', 'VERSION', 'SIGN-IN', 'PATH'], ...rows]));
  } finally {
    await opened.end();
  }
}
