// Finds out how the person's own settings of Claude Code pay: by `env` and `apiKeyHelper` of the settings.json beside its
// sign-in. A repository's settings are never read for this, because they do not come from the person; nor is a
// settings.local.json, which Claude Code reads only from its working folder (measured with 2.1.330).
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pick, type Env } from '../../core/security/environment.ts';
import { fields, text } from '../../lib/fields.ts';
import type { Credential } from '../../ports/command-request.ts';
import { parseJson } from '../../lib/json-line.ts';
import { atAnthropic, clouds, companions, isOn, type Cloud } from './clouds.ts';

/** Null if those settings do not pay for anything. */
export interface OwnSettings {
  readonly cloud: Cloud | null;
  readonly credential: Omit<Credential, 'billing'>;
}

export function claudeHome(env: Env): string {
  return env['CLAUDE_CONFIG_DIR'] ?? join(env['HOME'] ?? '/', '.claude');
}

export async function ownSettings(env: Env): Promise<OwnSettings | null> {
  const settings = fields(parseJson(await readFile(join(claudeHome(env), 'settings.json'), 'utf8').catch(() => '')));
  const own = Object.fromEntries(Object.entries(fields(settings?.['env']) ?? {}).flatMap(([name, value]) => [[name, text(value) ?? '']]));
  const cloud = clouds.find(({ on }) => isOn(own[on])) ?? null;
  const { secrets, beside } = cloud === null ? atAnthropic : { secrets: cloud.secrets, beside: companions(cloud) };
  // A cloud that the settings switch on reads its other variables from the environment, as it does for the person.
  const all = cloud === null ? own : { ...env, ...own };
  const variables = filled(all, secrets);
  const helper = cloud === null ? (text(settings?.['apiKeyHelper']) ?? '') : '';
  if (cloud === null && helper === '' && Object.keys(variables).length === 0) return null;
  const credential = { variables, secret: null, address: filled(all, beside) };
  return { cloud, credential: helper === '' ? credential : { ...credential, helper } };
}

function filled(own: Env, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(pick(own, names)).filter(([, value]) => value !== ''));
}
