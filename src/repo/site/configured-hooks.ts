// Hooks in a configuration: a command under a name, and the events at which git runs it, from git 2.54 on (git-config(1),
// `hook.<name>.command`).
import type { Setting } from './git-setting.ts';

export interface ConfiguredHooks {
  /** The names of all of them, whatever their events are. */
  readonly names: readonly string[];
  /** The shell commands that git runs before a push, in git's order. */
  readonly beforePush: readonly string[];
}

const untrue = new Set(['false', 'no', 'off', '0', '']);

/** The settings come in git's order: later ones override earlier ones. */
export function configuredHooks(settings: readonly Setting[]): ConfiguredHooks {
  const commands = new Map<string, string>();
  const disabled = new Set<string>();
  const names = new Set<string>();
  let beforePush: readonly string[] = [];
  for (const { key, value } of settings) {
    const [, name, part] = /^hook\.(.+)\.(command|event|enabled)$/s.exec(key) ?? [];
    if (name === undefined || value === null) continue;
    if (part !== 'enabled') names.add(name);
    if (part === 'command') commands.set(name, value);
    if (part === 'enabled') disabled[untrue.has(value.toLowerCase()) ? 'add' : 'delete'](name);
    // An empty event cancels the ones before it.
    if (part === 'event' && (value === '' || value === 'pre-push')) {
      const others = beforePush.filter((one) => one !== name);
      beforePush = value === '' ? others : [...others, name];
    }
  }
  // All hooks of an event can be disabled by the name of the event.
  const run = disabled.has('pre-push') && !names.has('pre-push') ? [] : beforePush.filter((name) => !disabled.has(name));
  return { names: [...names], beforePush: run.flatMap((name) => commands.get(name) ?? []) };
}
