// The settings that every git of ours gets on its command line, which override those of the person.
import type { LaneCall } from './lanes.ts';
import type { Execution } from './execute.ts';

/**
 * No collection or file watcher may be left running in the background: it would hold locks, or outlive the worktree that
 * it was started in. Colour "always" would end up in output that is parsed. A checkout that continues into submodules
 * would look for their repositories in the reader, where they are not. A split index could not be copied, because its
 * other half stays behind. Hooks belong to people's own commits and checkouts; only the pre-push hook speaks for the
 * project, and it is run where checks run.
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

/** Since git 2.54, hooks may also be in the configuration; git 2.55 can disable them by the names of their events. */
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

/** After this time, a newly installed git is noticed. */
const knownMs = 60_000;
/**
 * Printing its version takes git milliseconds. A git that does not answer gets all settings, so there is no need to wait
 * for long.
 */
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
