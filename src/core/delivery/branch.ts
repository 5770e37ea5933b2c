// The name of a task's branch: prefix, id and a few words of the title, `yard/t12-fix-the-parser`. Whatever prefix and
// title are, git accepts the name, it fits into a file name, and it does not collide with an existing branch: not by
// differing only in case (macOS, Windows), and not as folder against file (`yard/t1` beside `yard/t1/x`).
import type { Attempt } from '../task/attempt.ts';
import { nameOfId } from '../task/folder-names.ts';
import { hour, type Duration, type Instant } from '../time.ts';

const longestSlug = 40;
/** Git stores each part of a name as a file or folder; with an id, a slug and `.lock` this stays below 255 bytes. */
const longestPart = 40;

export interface BranchWish {
  readonly prefix: string;
  readonly id: string;
  readonly title: string;
  /** The existing branches. */
  readonly taken: Iterable<string>;
}

export function branchName(wish: BranchWish): string {
  const slug = slugOf(wish.title);
  const id = nameOfId(wish.id);
  const wanted = prefixOf(wish.prefix) + (slug === '' ? id : `${id}-${slug}`);
  const { names, folders } = fold(wish.taken);
  // If a branch `yard` exists, no `yard/…` can exist, whatever its number.
  const name = parentsOf(folded(wanted)).some((parent) => names.has(parent)) ? wanted.replaceAll('/', '-') : wanted;
  const isTaken = (one: string): boolean => names.has(folded(one)) || folders.has(folded(one));
  let free = name;
  for (let number = 2; isTaken(free); number += 1) free = `${name}-${number}`;
  return free;
}

/** Counted from the worker's end: its checks may take hours, and the server finishes a push soon after it was made. */
const arrivesWithin: Duration = 12 * hour;

/**
 * The names under which earlier attempts at a task may have pushed recently. Such a push may arrive after the remote was
 * asked for its branches: it was interrupted here and continues there, or the answer is a moment old. Later, the remote's
 * answer is complete.
 */
export function perhapsPushed(given: {
  readonly attempts: readonly Pick<Attempt, 'branch' | 'commits' | 'verdict' | 'endedAt'>[];
  readonly now: Instant;
}): readonly string[] {
  return given.attempts.flatMap(({ branch, commits, verdict, endedAt }) => {
    if (endedAt !== null && Math.abs(given.now - endedAt) > arrivesWithin) return [];
    // For an attempt that was cancelled or could not be judged, no commits are recorded.
    const isSure = commits === 0 && verdict !== null && verdict.kind !== 'cancelled' && verdict.workDone !== true;
    return branch === null || isSure ? [] : [branch];
  });
}

/** Letters that cannot be decomposed into a base letter and an accent. */
const spelled: ReadonlyMap<string, string> = new Map([
  ['ß', 'ss'],
  ['æ', 'ae'],
  ['œ', 'oe'],
  ['ø', 'o'],
  ['đ', 'd'],
  ['ð', 'd'],
  ['ł', 'l'],
  ['þ', 'th'],
  ['ı', 'i'],
]);

/** Words of lower-case ASCII letters and digits, joined by `-`, cut between words; empty if the title has none. */
function slugOf(title: string): string {
  // The beginning is enough, and a title can be megabytes long.
  let plain = title
    .slice(0, 300)
    .normalize('NFKD')
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\p{M}'’]/gu, '');
  for (const [letter, spelling] of spelled) plain = plain.replaceAll(letter, spelling);
  const slug = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
  if (slug.length <= longestSlug) return slug;
  const cut = slug.lastIndexOf('-', longestSlug);
  return slug.slice(0, cut === -1 ? longestSlug : cut);
}

/** The prefix unchanged if git accepts it; otherwise without what git refuses. */
function prefixOf(prefix: string): string {
  const last = prefix.lastIndexOf('/') + 1;
  const folders = prefix
    .slice(0, last)
    .split('/')
    .map((part) => cleanPart(part).replace(/(?:\.lock|\.)+$/, ''));
  return [...folders.filter((part) => part !== '').slice(0, 8), cleanPart(prefix.slice(last))].join('/');
}

/** The rules of git-check-ref-format for the beginning and the inside of a part. */
function cleanPart(part: string): string {
  return part
    .slice(0, longestPart)
    .toWellFormed()
    .replace(/[\u0000-\u0020\u007f~^:?*[\\]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replaceAll('@{', '@-')
    .replace(/^[-.]+/, '');
}

function fold(taken: Iterable<string>): { names: Set<string>; folders: Set<string> } {
  const names = new Set<string>();
  const folders = new Set<string>();
  for (const name of taken) {
    names.add(folded(name));
    for (const parent of parentsOf(folded(name))) folders.add(parent);
  }
  return { names, folders };
}

/** The name as a file system compares it that ignores case and the composition of accents. */
function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** `a/b/c` → `a`, `a/b` */
function parentsOf(name: string): string[] {
  const parents: string[] = [];
  for (let slash = name.indexOf('/'); slash !== -1; slash = name.indexOf('/', slash + 1)) parents.push(name.slice(0, slash));
  return parents;
}

/** Whether git accepts it as a branch's name (git-check-ref-format): a name that somebody else gives becomes part of paths. */
export function isBranchName(name: string): boolean {
  if (name === '@' || name.startsWith('-') || /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{/.test(name)) return false;
  return name.split('/').every((part) => part !== '' && !part.startsWith('.') && !/\.(?:lock)?$/.test(part));
}
