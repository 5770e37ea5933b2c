// Finds commits of submodules that a commit to be delivered refers to and that nobody else could fetch: a clone of the
// branch would fail. Git's own check before a push proves nothing (it believes tracking references, which a worker can
// write), so each commit is fetched from the submodule's remote into an empty repository of ours. Links inside submodules
// are the responsibility of those who pushed them.
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { UnreachableSubmodule } from '../../ports/repo.ts';
import type { Git, GitAnswer } from '../git.ts';
import { gitReason } from '../git-reason.ts';
import { canonical, isWithin, shared } from '../registry.ts';
import { absoluteAddress, type Reach } from '../remote-address.ts';
import { hasLinks } from './index-file.ts';
import { moduleEntries } from './module-entries.ts';
import { inside, stopped, type Site } from './record.ts';
import { indexCommit, shown } from './tree.ts';

export interface UnreachableGiven {
  readonly site: Site;
  readonly commit: string;
  readonly base: string;
  readonly reach: Reach;
}

interface Link {
  readonly path: string;
  readonly commit: string;
}

export async function unreachableSubmodules(git: Git, given: UnreachableGiven): Promise<readonly UnreachableSubmodule[]> {
  const links = mayHaveLinks(given) ? await newLinks(git, given) : [];
  const found: UnreachableSubmodule[] = [];
  if (links.length === 0) return found;
  const addresses = await addressesOf(git, given);
  for (const link of links) {
    const address = addresses(link.path);
    const why = typeof address === 'string' ? { missing: true, why: address } : await tryFetch(git, { ...given, link, address });
    if (why !== null) found.push({ ...link, ...why });
  }
  return found;
}

/** Usually the reader's index is that of this very commit, and hardly any repository has links. */
function mayHaveLinks({ site, commit }: UnreachableGiven): boolean {
  const index = join(site.reader, 'index');
  return indexCommit(site) !== commit || hasLinks({ index, idBytes: commit.length / 2 }) !== false;
}

/** Links to other repositories that the base does not have in this form. */
async function newLinks(git: Git, { site, commit, base }: UnreachableGiven): Promise<readonly Link[]> {
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', '--ignore-submodules=none', base, commit];
  const fields = (await git.text({ ...inside(site), cwd: site.reader, args, kind: 'read', bytes: true })).split('\0');
  return fields.flatMap((field, at) => {
    const id = /^:\d+ 160000 [0-9a-f]+ ([0-9a-f]+) /.exec(field)?.[1];
    return id === undefined ? [] : [{ commit: id, path: shown(fields[at + 1] ?? '') }];
  });
}

interface Address {
  readonly url: string;
  /** Only the worker says so, nobody else. */
  readonly foreign: boolean;
}

/** The address that the submodule at a path is fetched from, or why there is none. */
async function addressesOf(git: Git, { site, commit, base, reach }: UnreachableGiven): Promise<(path: string) => Address | string> {
  const at = inside(site);
  const [before, now] = await Promise.all([base, commit].map((one) => moduleEntries(git, { at, commit: one })));
  const persons = await configured(git, site.common);
  const above = site.pushTo === null ? site.root : ((await reach(site.pushTo.remote)).fetch[0] ?? site.root);
  return (path) => {
    const entry = now?.find((one) => one.path === path);
    if (entry === undefined || entry.url === null) return `.gitmodules has no address for ${path}`;
    const known = before?.find(({ name }) => name === entry.name)?.url === entry.url;
    // A person's own setting takes precedence; but a fresh clone would use what the worker wrote into .gitmodules.
    const url = known ? (persons.get(entry.name) ?? entry.url) : entry.url;
    const address = absoluteAddress({ address: relativeTo({ url, above }), root: site.root });
    return known || (isPlain(address) && !isOurs(site, address))
      ? { url: address, foreign: !known }
      : `its address ${entry.url} is of a kind that Yardmaster does not fetch from`;
  };
}

async function configured(git: Git, common: string): Promise<ReadonlyMap<string, string>> {
  const listed =
    (await git.maybe({ ...shared(common), args: ['config', '-z', '--get-regexp', String.raw`^submodule\..*\.url$`], kind: 'read' })) ?? '';
  return new Map(
    listed.split('\0').flatMap((entry): [string, string][] => {
      const [, name, url] = /^submodule\.(.*)\.url\n(.*)$/s.exec(entry) ?? [];
      return name === undefined || url === undefined ? [] : [[name, url]];
    }),
  );
}

/** Resolves `./` and `../` as git does: relative to the superproject's own remote. */
export function relativeTo(given: { readonly url: string; readonly above: string }): string {
  if (!/^\.\.?\//.test(given.url)) return given.url;
  let [above, rest] = [given.above.replace(/\/+$/, ''), given.url];
  let colon = false;
  for (let step = /^\.\.?\/+/.exec(rest)?.[0]; step !== undefined; step = /^\.\.?\/+/.exec(rest)?.[0]) {
    rest = rest.slice(step.length);
    if (!step.startsWith('..')) continue;
    const end = above.lastIndexOf('/');
    colon = end === -1 && above.includes(':');
    above = above.slice(0, Math.max(0, colon ? above.lastIndexOf(':') : end));
  }
  return `${above}${colon ? ':' : '/'}${rest.replace(/\/+$/, '')}`;
}

/**
 * A worker's address is data that git receives. Allowed are only addresses to which git itself connects, so that no other
 * helper is started (`ext::` would run a command). Git is configured accordingly as well.
 */
function isPlain(address: string): boolean {
  if (address.startsWith('-') || address.includes('::') || /[\0-\x1f]/.test(address)) return false;
  return /^(?:https?|ssh|git|file):\/\/[^-]/.test(address) || address.startsWith('/') || /^(?:[\w.]+@)?[\w.][\w.-]*:[^:]/.test(address);
}

/** A repository in a site belongs to the worker: a commit in it proves nothing, and git would run in it. */
function isOurs(site: Site, address: string): boolean {
  const place = canonical(address.replace(/^file:\/\/[^/]*/, ''));
  return [site.path, site.reader].some((folder) => isWithin(dirname(folder), place));
}

type Why = Pick<UnreachableSubmodule, 'missing' | 'why'>;

/** Null if it was fetched. */
async function tryFetch(git: Git, given: UnreachableGiven & { readonly link: Link; readonly address: Address }): Promise<Why | null> {
  const { site, link, address } = given;
  const scratch = await mkdtemp(join(site.reader, 'submodule-'));
  try {
    const format = link.commit.length === 64 ? 'sha256' : 'sha1';
    await git.text({ cwd: scratch, args: ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, '.'] });
    // With the person's sign-in, and nothing of the worker's.
    await git.text({ cwd: scratch, env: { GIT_DIR: scratch }, args: ['config', 'include.path', join(site.common, 'config')] });
    const first = await fetch(git, { scratch, address, what: ['--depth=1', '--', address.url, link.commit] });
    if (first.ok) return null;
    if (first.aborted) throw stopped();
    if (/not our ref/.test(first.stderr)) return { missing: true, why: `${address.url} does not have it` };
    // An older server only offers commits that its references point to.
    const all = await fetch(git, { scratch, address, what: ['--', address.url, '+refs/*:refs/all/*'] });
    if (all.aborted) throw stopped();
    // The answer would be the same for every further request.
    if (all.obstacle?.code === 'needs-person' && !address.foreign)
      throw new Fault({ code: 'needs-person', message: `${address.url}: ${gitReason(all)}`, hint: all.obstacle.hint });
    if (!all.ok) return { missing: address.foreign || isNowhere(all), why: `${address.url}: ${gitReason(all)}` };
    const there = await git.run({
      cwd: scratch,
      env: { GIT_DIR: scratch },
      args: ['cat-file', '-e', `${link.commit}^{commit}`],
      kind: 'read',
    });
    return there.ok ? null : { missing: true, why: `${address.url} does not have it` };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function fetch(
  git: Git,
  given: { readonly scratch: string; readonly address: Address; readonly what: readonly string[] },
): Promise<GitAnswer> {
  const { scratch, what } = given;
  const settings = ['protocol.version=2', 'protocol.ext.allow=never', 'core.bare=true', 'fetch.fsckObjects=false'];
  const args = [
    ...settings.flatMap((one) => ['-c', one]),
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-auto-maintenance',
    '--no-recurse-submodules',
    ...what,
  ];
  return git.run({ cwd: scratch, env: { GIT_DIR: scratch, GIT_NO_LAZY_FETCH: '1' }, args, kind: 'network' });
}

/** The remote answered, or does not exist at all; it is not merely unreachable. */
function isNowhere({ stderr }: GitAnswer): boolean {
  return /does not appear to be a git repository|repository [^\n]* not found|transport '[^\n]*' not allowed/i.test(stderr);
}
