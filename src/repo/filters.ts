// Filters (git-lfs, git-crypt and the like) that a commit's attributes name and that are not configured here. Git passes
// over such a filter without a word: secrets would be committed in clear, and large files as they are.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { filterNotes } from '../core/delivery/repository-notes.ts';
import type { Git, GitAnswer } from './git.ts';
import { gitReason } from './git-reason.ts';
import { shared } from './registry.ts';

interface At {
  readonly common: string;
  /** An object name is looked at once; any other name of a commit every time. */
  readonly commit: string;
}

/** So many commits are remembered. */
const most = 1000;

/**
 * Answers names, sorted. One process for a commit that was not looked at before, none for one that was; and one more
 * wherever filters are named, since those are configured at any time.
 */
export function createFilterCheck(): (git: Git, at: At) => Promise<readonly string[]> {
  const seen = new Map<string, readonly string[]>();
  const namedBy = async (git: Git, at: At): Promise<readonly string[]> => {
    const key = JSON.stringify([at.common, at.commit]);
    const known = seen.get(key);
    if (known !== undefined) return known;
    const names = await filtersIn(git, at);
    if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(at.commit)) seen.set(key, names);
    for (const old of seen.keys()) if (seen.size > most) seen.delete(old);
    return names;
  };
  return async (git, at) => {
    const named = new Set([...(await namedBy(git, at)), ...filtersOf(own(at.common))]);
    if (named.size === 0) return [];
    const configured = await configuredFilters(git, at.common);
    return [...named].filter((name) => !configured.has(name)).toSorted();
  };
}

/** Faults: `filter-missing`. */
export async function refuseUnconfigured(git: Git, at: At & { readonly filters: ReturnType<typeof createFilterCheck> }): Promise<void> {
  const [first] = filterNotes(await at.filters(git, at));
  if (first !== undefined) throw new Fault(first);
}

async function filtersIn(git: Git, at: At): Promise<readonly string[]> {
  const { common, commit } = at;
  // The person may have set any of this otherwise for their own searches.
  const plain = ['--no-color', '--no-line-number', '--no-column', '--no-recurse-submodules', '--text', '-h', '--fixed-strings'];
  const args = ['grep', ...plain, '-e', 'filter=', commit, '--', ':(top,glob)**/.gitattributes'];
  const first = await git.run({ ...shared(common), args, kind: 'read' });
  // Of a partial clone the attributes may be missing, and its remote may have to know who asks.
  const answer = isPartial(first) ? await git.run({ ...shared(common), args, kind: 'network' }) : first;
  if (answer.ok) return filtersOf(answer.stdout);
  if (nothing(answer)) return [];
  throw new Fault({
    code: 'git-failed',
    message: `the attributes of ${commit} cannot be read: ${gitReason(answer)}`,
    hint: answer.obstacle?.hint ?? `see what git says in ${common}`,
  });
}

/** Nothing was found. (A warning or a hint may be about anything.) */
function nothing({ code, stderr }: GitAnswer): boolean {
  return code === 1 && !/^(?:error|fatal): /m.test(stderr);
}

function isPartial({ ok, aborted, stderr }: GitAnswer): boolean {
  return !ok && !aborted && stderr.includes('promisor remote');
}

/** The attributes that a person set for this repository alone. */
function own(common: string): string {
  const file = join(common, 'info/attributes');
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(file, 'utf8') : '';
}

/** From lines as gitattributes(5) has them: a pattern, in quotes where it holds spaces, or `[attr]name`; then attributes. */
function filtersOf(text: string): readonly string[] {
  const names = text.split('\n').flatMap((line) => {
    const words = /^\s*(?!#)(?:"(?:[^"\\]|\\.)*"|\S+)(.*)$/.exec(line)?.[1]?.split(/\s+/) ?? [];
    return words.flatMap((word) => (word.startsWith('filter=') ? [word.slice('filter='.length)] : []));
  });
  return [...new Set(names.filter((name) => name !== ''))];
}

/** What gives a file's committed form is one of these; an empty one does nothing. */
async function configuredFilters(git: Git, common: string): Promise<ReadonlySet<string>> {
  const args = ['config', '-z', '--get-regexp', String.raw`^filter\..*\.(clean|process)$`];
  const listed = (await git.maybe({ ...shared(common), args, kind: 'read' })) ?? '';
  return new Set(
    listed.split('\0').flatMap((entry) => {
      const name = /^filter\.(.*)\.(?:clean|process)\n./s.exec(entry)?.[1];
      return name === undefined ? [] : [name];
    }),
  );
}
