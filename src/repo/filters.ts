// Finds filters (git-lfs, git-crypt and the like) that a commit's attributes use and that are not configured here. Git
// silently skips such filters: secrets would be committed unencrypted, and large files as they are.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { filterNotes } from '../core/delivery/repository-notes.ts';
import type { Git, GitAnswer } from './git.ts';
import { gitReason } from './git-reason.ts';
import { shared } from './registry.ts';

interface At {
  readonly common: string;
  /** Results for an object name are remembered; any other name of a commit is examined every time. */
  readonly commit: string;
}

/** How many commits are remembered. */
const most = 1000;

/**
 * Returns sorted names. It takes one process for a commit that was not examined before and none for a known one; plus one
 * if the commit uses filters at all, because filters may be configured at any time.
 */
export function createFilterCheck(): (git: Git, at: At) => Promise<readonly string[]> {
  const seen = new Map<string, readonly string[]>();
  const filtersOfCommit = async (git: Git, at: At): Promise<readonly string[]> => {
    const key = JSON.stringify([at.common, at.commit]);
    const known = seen.get(key);
    if (known !== undefined) return known;
    const names = await filtersIn(git, at);
    if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(at.commit)) seen.set(key, names);
    for (const old of seen.keys()) if (seen.size > most) seen.delete(old);
    return names;
  };
  return async (git, at) => {
    const named = new Set([...(await filtersOfCommit(git, at)), ...filtersOf(attributesFile(at.common))]);
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
  // The person may have configured any of this differently for their own searches.
  const plain = ['--no-color', '--no-line-number', '--no-column', '--no-recurse-submodules', '--text', '-h', '--fixed-strings'];
  const args = ['grep', ...plain, '-e', 'filter=', commit, '--', ':(top,glob)**/.gitattributes'];
  const first = await git.run({ ...shared(common), args, kind: 'read' });
  // A partial clone may lack the attributes, and its remote may require credentials.
  const answer = isPartial(first) ? await git.run({ ...shared(common), args, kind: 'network' }) : first;
  if (answer.ok) return filtersOf(answer.stdout);
  if (nothing(answer)) return [];
  throw new Fault({
    code: 'git-failed',
    message: `the .gitattributes files of the commit ${commit} cannot be read: ${gitReason(answer)}`,
    hint: answer.obstacle?.hint ?? `run git there to see the problem: git -C '${common}' status`,
  });
}

/** Whether nothing was found. Warnings and hints do not count, because they may be about anything. */
function nothing({ code, stderr }: GitAnswer): boolean {
  return code === 1 && !/^(?:error|fatal): /m.test(stderr);
}

function isPartial({ ok, aborted, stderr }: GitAnswer): boolean {
  return !ok && !aborted && stderr.includes('promisor remote');
}

/** The file with the attributes that a person set for this repository alone. */
function attributesFile(common: string): string {
  const file = join(common, 'info/attributes');
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(file, 'utf8') : '';
}

/**
 * Reads lines in the form of gitattributes(5): a pattern, in quotes if it contains spaces, or `[attr]name`; then
 * attributes.
 */
function filtersOf(text: string): readonly string[] {
  const names = text.split('\n').flatMap((line) => {
    const words = /^\s*(?!#)(?:"(?:[^"\\]|\\.)*"|\S+)(.*)$/.exec(line)?.[1]?.split(/\s+/) ?? [];
    return words.flatMap((word) => (word.startsWith('filter=') ? [word.slice('filter='.length)] : []));
  });
  return [...new Set(names.filter((name) => name !== ''))];
}

/** Commands that produce a file's committed form have one of these keys; an empty command does nothing. */
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
