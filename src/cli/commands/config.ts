// `config`: shows every setting with its value and its origin, without values that may be secrets.
import { loadSettings } from '../../config/load.ts';
import { deliveryEnvironmentNotes } from '../../core/security/delivery-environment.ts';
import { shownSetting } from '../../core/security/shown.ts';
import { table } from '../../lib/table.ts';
import { printJson, type CliContext } from '../context.ts';
import { repoNamed } from '../registered.ts';
import { tellDistrust } from '../trust.ts';

export async function config(this: CliContext, flags: { json?: boolean; repo?: string }): Promise<void> {
  const repo = await repoNamed(this, flags.repo);
  const { settings, origins } = await loadSettings({ env: this.env, repo, flags: {} });
  const values = Object.entries(origins).map(([key, origin]) => ({ key, value: valueAt(settings, key), origin }));
  for (const [key, forced] of Object.entries(settings.forced))
    if (forced !== null) values.push({ key: `forced.${key}`, value: forced.name, origin: forced.by });
  tellDistrust(this, { settings, repo });
  for (const { message, hint } of deliveryEnvironmentNotes({ env: this.env, delivery: settings.delivery }))
    this.err.write(`warning: ${message}\n  → ${hint}\n`);
  if (flags.json === true)
    return printJson(this, Object.fromEntries(values.map(({ key, value, origin }) => [key, { value: shownSetting(key, value), origin }])));
  this.out.write(table(values.map(({ key, value, origin }) => [key, JSON.stringify(shownSetting(key, value)), origin])));
}

function valueAt(settings: unknown, key: string): unknown {
  let value = settings;
  for (const part of key.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}
