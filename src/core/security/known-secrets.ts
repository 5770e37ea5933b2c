// Which of the values that we come to know are secrets. Those that stand in the configuration itself, in place of a reference to
// where they are: what `config` does not show, and whose name says what it is. A mode or a path may stand in any text.
import { saysSecret } from './environment.ts';
import type { Secret } from './mask.ts';
import { partsOf } from '../own/mcp.ts';
import type { Settings } from '../settings.ts';
import { shownText } from './shown.ts';

export function literalSecrets({ agents, mcp, notify }: Pick<Settings, 'agents' | 'mcp' | 'notify'>): readonly Secret[] {
  const ofAgents = Object.entries(agents).flatMap(([name, { env, config }]) => [
    ...named(`agents.${name}.env`, env),
    ...named(`agents.${name}.config`, config),
  ]);
  const ofServers = Object.entries(mcp).flatMap(([name, { env, headers }]) => [
    ...named(`mcp.${name}.env`, literal(env)),
    ...named(`mcp.${name}.headers`, literal(headers)),
  ]);
  return [...ofAgents, ...ofServers, ...(notify.webhook === null ? [] : secretsOfAddress('notify.webhook', notify.webhook))];
}

/** The values without a reference, as servers get them. */
function literal(values: Readonly<Record<string, string>>): Record<string, string> {
  const all = Object.entries(values).flatMap(([name, value]) => {
    const parts = partsOf(value) ?? [value];
    return parts.every((part) => typeof part === 'string') ? [[name, parts.join('')] as const] : [];
  });
  return Object.fromEntries(all);
}

/** Also of what stands below a name, as options do. */
function named(path: string, values: Readonly<Record<string, unknown>>): readonly Secret[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const name = `${path}.${key}`;
    if (typeof value === 'object' && value !== null) return named(name, value as Readonly<Record<string, unknown>>);
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
 * Variables are referred to that are no secrets: `production`, a region, a path, the address of a service. These are masked as
 * all others are, but work in which they stand is not held back.
 */
export function isHeldBack({ name, value }: Secret): boolean {
  const variable = /^\$\{(\w+)\}$/.exec(name)?.[1];
  if (variable === undefined || saysSecret(variable)) return true;
  return isHidden(value) && !/^[a-z]+(?:[-_.][a-z]+)*(?:[-_.]?\d{1,2})?$/i.test(value);
}

/** An address in which one stands. */
export function secretsOfAddress(name: string, address: string): readonly Secret[] {
  return isHidden(address) ? withItsEnd(name, address, /^.*[/=](?=[^/=]{16})/s) : [];
}

/** A program may repeat it without what stands before: the `Bearer` of a header, the host of an address. */
function withItsEnd(name: string, value: string, before: RegExp): readonly Secret[] {
  return [value, value.replace(before, '')].map((one) => ({ name, value: one }));
}
