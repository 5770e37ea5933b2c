// What Claude Code would find of an account by itself: a plan's long-lived token, a gateway's, its own sign-in. Accounts
// are the person's, so their own machine is looked at.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account, SecretSource } from '../../core/account.ts';
import type { AgentSettings } from '../../ports/agent.ts';
import { planToken } from './command.ts';

type Env = Readonly<Record<string, string | undefined>>;

export async function claudeAccounts(facts: { readonly env: Env; readonly settings: AgentSettings }): Promise<readonly Account[]> {
  const agents = ['claude'];
  const base = { provider: 'anthropic', agents } as const;
  const plan = sourceOf(planToken, facts);
  const gateway = sourceOf('ANTHROPIC_AUTH_TOKEN', facts);
  return [
    ...(plan === null ? [] : [{ ...base, name: 'claude-token', billing: 'subscription', secret: plan, shared: false } as const]),
    // Its processes refresh single-use tokens in one store, and can sign each other out.
    ...((await isSignedIn(facts.env))
      ? [{ ...base, name: 'claude', billing: 'subscription', secret: { kind: 'agent', agent: 'claude' }, shared: true } as const]
      : []),
    ...(gateway === null ? [] : [{ ...base, name: 'anthropic-gateway', billing: 'token', secret: gateway, shared: false } as const]),
  ];
}

function sourceOf(name: string, facts: { readonly env: Env; readonly settings: AgentSettings }): SecretSource | null {
  if ((facts.settings.env[name] ?? '') !== '') return { kind: 'config', agent: 'claude', names: [name] };
  return (facts.env[name] ?? '') === '' ? null : { kind: 'env', names: [name] };
}

/** On macOS it keeps its sign-in in the keychain, where looking would ask the person for leave: a trial tells. */
async function isSignedIn(env: Env): Promise<boolean> {
  if (process.platform === 'darwin') return true;
  const file = join(env['CLAUDE_CONFIG_DIR'] ?? join(env['HOME'] ?? '/', '.claude'), '.credentials.json');
  return access(file).then(
    () => true,
    () => false,
  );
}
