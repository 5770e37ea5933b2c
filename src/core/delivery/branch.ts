// The name of a task's branch: prefix, id and a few words of the title, `yard/t12-fix-the-parser`. Whatever stands in
// prefix and title, the name is one that git takes, fits into a file name, and does not collide with a branch that
// exists: not in another case (macOS, Windows), and not as folder against file (`yard/t1` beside `yard/t1/x`).
import type { Attempt } from '../task/attempt.ts';
import { nameOfId } from '../task/folder-names.ts';
import { hour, type Duration, type Instant } from '../time.ts';

const longestSlug = 40;
/** Git keeps each part of a name as a file or folder; with an id, a slug and `.lock` this stays below 255 bytes. */
const longestPart = 40;

export interface BranchWish {
  readonly prefix: string;
  readonly id: string;
  readonly title: string;
  /** The branches that exist. */
  readonly taken: Iterable<string>;
}

export function branchName(wish: BranchWish): string {
  const slug = slugOf(wish.title);
  const id = nameOfId(wish.id);
  const wanted = prefixOf(wish.prefix) + (slug === '' ? id : `${id}-${slug}`);
  const { names, folders } = fold(wish.taken);
  // Where a branch `yard` exists there can be no `yard/…`, whatever its number.
  const name = parentsOf(folded(wanted)).some((parent) => names.has(parent)) ? wanted.replaceAll('/', '-') : wanted;
  const isTaken = (one: string): boolean => names.has(folded(one)) || folders.has(folded(one));
  let free = name;
  for (let number = 2; isTaken(free); number += 1) free = `${name}-${number}`;
  return free;
}

/** From the end of the worker: its checks may take hours, and the server is done with the push soon after it was made. */
const arrivesWithin: Duration = 12 * hour;

/**
 * The names under which earlier attempts at a task may have pushed of late. Such a push may arrive after the remote was asked
 * for its branches: it was cut off here and goes on there, or the answer is a moment old. Later the answer says all.
 */
export function perhapsPushed(given: {
  readonly attempts: readonly Pick<Attempt, 'branch' | 'commits' | 'verdict' | 'endedAt'>[];
  readonly now: Instant;
}): readonly string[] {
  return given.attempts.flatMap(({ branch, commits, verdict, endedAt }) => {
    if (endedAt !== null && Math.abs(given.now - endedAt) > arrivesWithin) return [];
    // What was cancelled, or could not be judged, is stored without its commits.
    const isSure = commits === 0 && verdict !== null && verdict.kind !== 'cancelled' && verdict.workDone !== true;
    return branch === null || isSure ? [] : [branch];
  });
}

/** Letters that do not come apart into a base letter and an accent. */
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

/** Words of lower-case ASCII letters and digits, joined by `-`, cut behind a word; empty when the title has none. */
function slugOf(title: string): string {
  // The start is enough, and a title can be megabytes long.
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

/** The prefix as it is, where it is one that git takes; else with what git refuses taken out. */
function prefixOf(prefix: string): string {
  const last = prefix.lastIndexOf('/') + 1;
  const folders = prefix
    .slice(0, last)
    .split('/')
    .map((part) => cleanPart(part).replace(/(?:\.lock|\.)+$/, ''));
  return [...folders.filter((part) => part !== '').slice(0, 8), cleanPart(prefix.slice(last))].join('/');
}

/** What git-check-ref-format asks of the beginning and the inside of a part. */
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

/** As a file system that minds neither case nor composition of accents compares names. */
function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** `a/b/c` → `a`, `a/b` */
function parentsOf(name: string): string[] {
  const parents: string[] = [];
  for (let slash = name.indexOf('/'); slash !== -1; slash = name.indexOf('/', slash + 1)) parents.push(name.slice(0, slash));
  return parents;
}
