// Which files of a checkout are still in conflict. Git says so only of its index, and a worker that resolves a conflict often
// does not tell git; the other way round, `git add` on a file with conflict markers counts as a resolution for git. So for a
// merge that we began, the markers decide, which have names that no other text is likely to have.
import { fileText } from './git-files.ts';
import { latin1, raw, type ConflictRecord, type Site } from './record.ts';
import { shown, type TreeFacts } from './tree.ts';

/** The paths in conflict, as text for people: unmerged in the worker's index, or with markers of ours in the file. */
export function openConflicts(site: Site, staged: TreeFacts['staged']): readonly string[] {
  const { conflict } = site;
  const settled = new Set(conflict?.paths.flatMap(({ path, marked }) => (marked && !hasMarkers({ site, conflict, path }) ? [path] : [])));
  const unmerged = staged.flatMap(({ letter, path }) => (letter === 'U' && !settled.has(path) ? [path] : []));
  const marked = conflict?.paths.flatMap(({ path }) => (hasMarkers({ site, conflict, path }) ? [path] : [])) ?? [];
  return [...new Set([...unmerged, ...marked])].map(shown);
}

/** Whether one side of a conflict begins or ends somewhere in the file. The path is bytes, one character each. */
export function hasMarkers(given: {
  readonly site: Site;
  readonly conflict: Pick<ConflictRecord, 'labels'>;
  readonly path: string;
}): boolean {
  const { site, conflict, path } = given;
  const text = fileText(raw(`${latin1(site.path)}/${path}`));
  const names = conflict.labels.map((label) => latin1(label).replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  // Git appends the path if it differs between the sides. The attribute `conflict-marker-size` says how long a marker is.
  return text !== null && new RegExp(`^(?:<+|>+) (?:${names.join('|')})(?:[\\r:]|$)`, 'm').test(text);
}
