// What becomes of an account, for a person who looks at it: which agents take it and for which models, or why none does.
import { providerOf } from './model-name.ts';
import type { Account } from './account.ts';
import { mayUse, type AgentFacts } from './route.ts';
import type { Tiers } from './tier.ts';

export interface AccountUse {
  readonly words: string;
  /** What a person can do about it; null: nothing is to be done. */
  readonly advice: string | null;
}

export function accountUse(given: {
  readonly account: Account;
  readonly agents: readonly (AgentFacts & { readonly installed: boolean })[];
  readonly tiers: Tiers;
  /** A tier or a model. */
  readonly defaultModel: string;
  readonly preferSubscription: boolean;
}): AccountUse {
  const { account, agents, tiers, defaultModel } = given;
  const { provider } = account;
  const able = agents.filter((agent) => serves(agent, provider) && mayUse({ agent, account, provider }));
  const there = able.filter(({ installed }) => installed).map(({ name }) => name);
  if (able.length === 0) return { words: `not used: no agent may use it for ${provider}`, advice: null };
  if (there.length === 0) {
    const names = able.map(({ name }) => name);
    return { words: `not used: ${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} not installed`, advice: null };
  }
  if (account.billing === 'subscription' && !given.preferSubscription)
    return { words: 'not used: plans are not wanted', advice: 'take SUPERVISOR_PREFER_OAUTH or routing.preferSubscription back' };
  const models = Object.entries({ ...tiers, [defaultModel]: tiers[defaultModel] ?? defaultModel });
  const named = models.flatMap(([word, model]) => (providerOf(model) === provider ? [word] : []));
  if (named.length > 0) return { words: `used by ${there.join(' or ')} for ${named.join(', ')}`, advice: null };
  return {
    words: `used by ${there.join(' or ')} only for tasks that ask for a model of ${provider}: no tier is one`,
    advice: `name its models in models.tiers, such as opus: ${provider}/MODEL`,
  };
}

function serves({ providers }: AgentFacts, provider: string): boolean {
  return providers === 'any' || providers.includes(provider);
}
