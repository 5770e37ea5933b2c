// Decides which known values are secrets. A value that stands in the configuration itself, instead of a reference, is a
// secret if `config` does not show it and its name says that it is one. A mode or a path may occur in any text, and is no
// secret.
import { saysSecret } from './environment.ts';
import type { Secret } from './mask.ts';
import { partsOf } from '../own/mcp.ts';
import type { Settings } from '../settings.ts';
import { shownText } from './shown.ts';

export function literalSecrets({ agents, mcp, notify }: Pick<Settings, 'agents' | 'mcp' | 'notify'>): readonly Secret[] {
  const ofAgents = Object.entries(agents).flatMap(([name, { env, config }]) => [
    ...secretsIn(`agents.${name}.env`, env),
    ...secretsIn(`agents.${name}.config`, config),
  ]);
  const ofServers = Object.entries(mcp).flatMap(([name, { env, headers }]) => [
    ...secretsIn(`mcp.${name}.env`, literal(env)),
    ...secretsIn(`mcp.${name}.headers`, literal(headers)),
  ]);
  return [...ofAgents, ...ofServers, ...(notify.webhook === null ? [] : secretsOfAddress('notify.webhook', notify.webhook))];
}

/** The values that are no references, as servers get them. */
function literal(values: Readonly<Record<string, string>>): Record<string, string> {
  const all = Object.entries(values).flatMap(([name, value]) => {
    const parts = partsOf(value) ?? [value];
    return parts.every((part) => typeof part === 'string') ? [[name, parts.join('')] as const] : [];
  });
  return Object.fromEntries(all);
}

/** Includes nested values, such as those of options. */
function secretsIn(path: string, values: Readonly<Record<string, unknown>>): readonly Secret[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const name = `${path}.${key}`;
    if (typeof value === 'object' && value !== null) return secretsIn(name, value as Readonly<Record<string, unknown>>);
    return typeof value === 'string' && saysSecret(key) && isHidden(value) ? withItsEnd(name, value, /^.*\s/s) : [];
  });
}

function isHidden(value: string): boolean {
  return shownText(value) !== value && !isPath(value);
}

function isPath(value: string): boolean {
  return /^(?:~|\.{0,2})\//.test(value);
}

/**
 * Not every variable that is referred to is a secret: it may be `production`, a region, a path, or the address of a
 * service. Such values are masked like all others, but work that contains them is not held back.
 */
export function isHeldBack({ name, value }: Secret): boolean {
  const variable = /^\$\{(\w+)\}$/.exec(name)?.[1];
  if (variable === undefined || saysSecret(variable)) return true;
  return isHidden(value) && !/^[a-z]+(?:[-_.][a-z]+)*(?:[-_.]?\d{1,2})?$/i.test(value);
}

/** The secrets that an address contains. */
export function secretsOfAddress(name: string, address: string): readonly Secret[] {
  return isHidden(address) ? withItsEnd(name, address, /^.*[/=](?=[^/=]{16})/s) : [];
}

/**
 * The value alone counts as well, because a program may repeat it without what stands before it: the `Bearer` of a
 * header, or the host of an address.
 */
function withItsEnd(name: string, value: string, before: RegExp): readonly Secret[] {
  return [value, value.replace(before, '')].map((one) => ({ name, value: one }));
}
