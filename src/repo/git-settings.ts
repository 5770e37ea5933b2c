// The settings that every git of ours is given on its command line, over those of the person.
import type { LaneCall } from './lanes.ts';
import type { Execution } from './execute.ts';

/**
 * No collection or file watcher is left running in the background: it would hold locks, or outlive the worktree
 * that it was started in. Colour "always" would get into what is parsed. A checkout that goes on into submodules would look
 * for their repositories in the reader, where they are not. A split index could not be copied: its other half stays behind.
 * Hooks belong to people's own commits and checkouts. The one that speaks for the project, before a push, is run where checks run.
 */
const always = given([
  'gc.auto=0',
  'maintenance.auto=false',
  'core.fsmonitor=false',
  'color.ui=false',
  'advice.addEmbeddedRepo=false',
  'submodule.recurse=false',
  'core.splitIndex=false',
  'core.hooksPath=/dev/null',
]);

/** From git 2.54 on hooks may stand in the configuration as well, and 2.55 switches them off by the names of their events. */
const withoutConfiguredHooks = given(
  [
    ...['pre-commit', 'prepare-commit-msg', 'commit-msg', 'post-commit', 'pre-merge-commit', 'post-merge'],
    ...['applypatch-msg', 'pre-applypatch', 'post-applypatch', 'pre-rebase', 'post-rewrite', 'post-checkout'],
    ...['post-index-change', 'pre-push', 'pre-auto-gc', 'reference-transaction'],
  ].map((event) => `hook.${event}.enabled=false`),
);

function given(settings: readonly string[]): readonly string[] {
  return settings.flatMap((setting) => ['-c', setting]);
}

/** A git that is installed anew is known after this time. */
const knownMs = 60_000;
/** To say its version takes milliseconds. Whoever says nothing is given all settings, so nobody needs to wait for long. */
const askMs = 2_000;

type Ask = (call: LaneCall) => Promise<Execution>;

/** Settings that a git does not know are left out, which makes a small call faster by a twentieth. */
export function askedSettings(ask: Ask): () => Promise<readonly string[]> {
  let known: { readonly at: number; readonly settings: Promise<readonly string[]> } | null = null;
  return () => {
    const now = performance.now();
    if (known === null || now - known.at > knownMs) known = { at: now, settings: settingsFor(ask) };
    return known.settings;
  };
}

async function settingsFor(ask: Ask): Promise<readonly string[]> {
  const bounds = { timeoutMs: askMs, graceMs: 0, mostOutput: 1000, signal: null };
  const said = await ask({ program: 'git', args: ['--version'], cwd: '/', bytes: false, env: {}, ...bounds }).catch(() => null);
  const [, major, minor] = /^git version (\d+)\.(\d+)/.exec(said?.stdout ?? '') ?? [];
  const isOlder = Number(major) < 2 || (Number(major) === 2 && Number(minor) < 54);
  return isOlder ? always : [...always, ...withoutConfiguredHooks];
}
