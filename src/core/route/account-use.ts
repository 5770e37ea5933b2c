// Explains to a person how an account is used: by which agents and for which models, or why by none.
import { providerOf } from './model-name.ts';
import type { Account } from './account.ts';
import { mayUse, type AgentFacts } from './route.ts';
import type { Tiers } from './tier.ts';

export interface AccountUse {
  readonly words: string;
  /** What a person can do about it; null if there is nothing to do. */
  readonly advice: string | null;
}

export function accountUse(given: {
  readonly account: Account;
  readonly agents: readonly (AgentFacts & { readonly installed: boolean })[];
  readonly tiers: Tiers;
  /** The default model: a tier or a model. */
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
    return {
      words: 'not used: the settings exclude subscriptions',
      advice: 'set SUPERVISOR_PREFER_OAUTH=1 or routing.preferSubscription: true',
    };
  const models = Object.entries({ ...tiers, [defaultModel]: tiers[defaultModel] ?? defaultModel });
  const words = models.flatMap(([word, model]) => (providerOf(model) === provider ? [word] : []));
  if (words.length > 0) return { words: `used by ${there.join(' or ')} for ${words.join(', ')}`, advice: null };
  return {
    words: `used by ${there.join(' or ')} only for tasks that ask for a model of ${provider}, because no tier names one of them`,
    advice: `name its models in models.tiers, such as opus: ${provider}/MODEL`,
  };
}

function serves({ providers }: AgentFacts, provider: string): boolean {
  return providers === 'any' || providers.includes(provider);
}
