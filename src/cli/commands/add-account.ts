// `accounts add`: writes an account into the person's own configuration, with a reference to its secret.
import { Fault } from '../../core/fault.ts';
import type { AccountConfig } from '../../core/settings.ts';
import { editConfig } from '../../config/edit.ts';
import { userConfigFile } from '../../config/paths.ts';
import type { Agent, Plans } from '../../ports/agent.ts';
import { openAgents, openVault } from '../compose.ts';
import { printJson, type CliContext } from '../context.ts';
import { loadSettings } from '../../config/load.ts';

export interface AddAccountFlags {
  json?: boolean;
  provider?: string;
  billing?: string;
  secret?: string;
  agent?: readonly string[];
}

export async function addAccount(this: CliContext, flags: AddAccountFlags, name: string): Promise<void> {
  const { provider = 'anthropic', secret, agent: agents = [] } = flags;
  const billing = flags.billing ?? 'token';
  if (billing !== 'token' && billing !== 'subscription')
    throw new Fault({
      code: 'usage',
      message: `"${billing}" is not a kind of billing`,
      hint: 'use --billing subscription, or --billing token',
    });
  if (secret === undefined) {
    this.out.write(guide({ name, provider, billing, token: billing === 'subscription' ? planToken(await openAgents(), provider) : null }));
    return;
  }
  // This is checked here as well, because a message about the configuration file would point to lines that were never
  // written.
  if (!/^(?:env|file|command|agent):/.test(secret))
    throw new Fault({
      code: 'usage',
      message: '--secret takes a reference to the secret',
      hint: 'use env:NAME, file:PATH or command:LINE; never the secret itself',
    });
  const file = userConfigFile(this.env);
  const { settings } = await loadSettings({ env: this.env, repo: null, flags: {} });
  const config: AccountConfig = { provider, billing, secret, ...(agents.length === 0 ? {} : { agents }) };
  const vault = await openVault({ env: this.env, agents: await openAgents() });
  const account = (await vault.accounts({ ...settings, accounts: { [name]: config } })).find((one) => one.name === name);
  if (account !== undefined) await vault.credential({ account, settings });
  const added = await editConfig({
    file,
    unless: ['accounts', name],
    changes: Object.entries<string | readonly string[]>({ ...config }).map(([key, value]) => ({ path: ['accounts', name, key], value })),
  });
  if (!added)
    throw new Fault({ code: 'usage', message: `${file} already has an account ${name}`, hint: 'choose another name, or edit the file' });
  if (flags.json === true) return printJson(this, { file, name, ...config });
  this.out.write(`${name} was added to ${file}; its secret was found\n  → yardmaster accounts test ${name}\n`);
}

/** Null if no agent uses plans of this provider. */
function planToken(agents: ReadonlyMap<string, Agent>, provider: string): Plans['token'] | null {
  return [...agents.values()].find(({ facts }) => facts.subscriptions.includes(provider))?.plans?.token ?? null;
}

function guide(given: { name: string; provider: string; billing: string; token: Plans['token'] | null }): string {
  const { name, provider, billing, token } = given;
  const again = `yardmaster accounts add ${name} --provider ${provider} --billing ${billing} --secret`;
  const how =
    token !== null
      ? [
          token.why,
          `  1. Run this in a terminal of your own (it opens a browser):  ${token.command}`,
          '  2. Put the token that it prints, and nothing else, into a file that only you can read:',
        ]
      : ['Put the key, and nothing else, into a file that only you can read:'];
  return [
    ...how,
    '       mkdir -p -m 700 ~/.secrets && (umask 077 && cat > ~/.secrets/' + `${name})`,
    'Then:',
    `  ${again} file:~/.secrets/${name}`,
    'or name a variable, or a command that prints the secret, such as a password manager:',
    `  ${again} env:NAME`,
    `  ${again} "command:pass show ${name}"`,
    '',
  ].join('\n');
}
