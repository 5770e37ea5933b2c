// Holds back work that contains a secret which we gave out, before it is committed, taken or pushed. Everything that the
// work adds to its base is searched: commits with their messages, names of files, and files of any kind, including those
// that a later commit removes again. Git passes on the objects as they are, and they are searched as they arrive:
// attributes, filters and diff programs have no influence, and large files need not fit into memory.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Sieve } from '../../core/security/mask.ts';
import { Fault } from '../../core/fault.ts';
import { lookOn, unlooked, type Sighting } from '../../core/security/sighting.ts';
import type { Git, GitAnswer } from '../git.ts';
import { gitReason } from '../git-reason.ts';
import { lackingLargeFiles, untilStopped } from './large-files.ts';
import { looseContent, mostLoose } from './loose-object.ts';
import { inside, latin1, stopped, storesOf, type Site } from './record.ts';
import { shown } from './tree.ts';

export interface Work {
  readonly site: Site;
  readonly sieve: Sieve;
  /** Commits, or trees of files that are not committed yet. */
  readonly tips: readonly string[];
}

interface Sight extends Sighting {
  readonly object: GitObject;
}

interface GitObject {
  readonly type: string;
  readonly id: string;
  /** In bytes, one character each; empty if the object has no path. */
  readonly path: string;
}

interface Sights {
  /** What was found, by a key that stays the same in another version of the file, or in another file. */
  readonly seen: Map<string, Sight>;
  /** The search ends after this many: the first ones suffice for the message. */
  readonly most: number;
  /** What was found in the base, which is not the worker's doing, wherever the same lines are now. */
  readonly known?: ReadonlyMap<string, Sight>;
}

/** How many secrets of the base are remembered. Any others in the base count as the worker's. */
const mostKnown = 100_000;

/** Faults: `secret-in-work`; `not-taken` if not all of it can be searched. */
export async function refuseSecrets(git: Git, given: Work): Promise<void> {
  const { site } = given;
  if ((await sightsInWork(git, { ...given, seen: new Map(), most: 1 })).size === 0) return;
  const known = await sightsIn(git, { ...given, objects: [`${site.base}^{tree}`], seen: new Map(), most: mostKnown });
  const added = await sightsInWork(git, { ...given, seen: new Map(), most: 1000, known });
  const [first] = added.values();
  if (first !== undefined) throw await heldBack(git, { ...given, first, count: added.size });
}

type Looking = Work & Sights;

async function sightsInWork(git: Git, given: Looking): Promise<ReadonlyMap<string, Sight>> {
  const { site } = given;
  const from = [site.base, site.onto ?? site.base, site.conflict?.onto ?? site.base];
  await sightsIn(git, { ...given, objects: [...given.tips, ...from.map((commit) => `^${commit}`)] });
  return sightsInLargeFiles(git, given);
}

async function sightsIn(git: Git, given: Looking & { readonly objects: readonly string[] }): Promise<ReadonlyMap<string, Sight>> {
  const { site, seen } = given;
  const at = { ...inside(site), kind: 'read' } as const;
  // Objects that a remote promised are not here, and the worker has not made them.
  const missing = site.promisor == null ? [] : ['--missing=allow-any'];
  const list = ['rev-list', '--objects', ...missing, '--stdin'];
  const listed = await git.run({ ...at, args: list, reads: given.objects, bytes: true, cwd: latin1(at.cwd) });
  if (!listed.ok) throw unreadable(site, listed);
  const begin = (object: GitObject): Look => lookThrough(given, object);
  // Usually there are a few small files, which can be read in less time than git takes to start.
  const few = looseOf(site, listed.stdout);
  for (const { content, ...object } of few ?? []) begin(object)(content.toString('latin1'), true);
  if (few !== null) return seen;
  const args = ['cat-file', '--batch=%(objecttype) %(objectsize) %(objectname) %(rest)', '--buffer'];
  const take = eachObject(begin);
  const read = await git.run({ ...at, args, input: `${listed.stdout}\n`, bytes: true, cwd: latin1(at.cwd), take });
  if (!read.ok) throw unreadable(site, read);
  return seen;
}

/** Null if git has to be asked. */
function looseOf(site: Site, listed: string): readonly (GitObject & { readonly content: Buffer })[] | null {
  const lines = listed.split('\n');
  if (lines.length > mostLoose) return null;
  const found = [];
  for (const line of lines) {
    const [id = '', path = ''] = line.split(/ (.*)/s, 2);
    const object = looseContent(storesOf(site), id);
    if (object === null) return null;
    found.push({ ...object, id, path });
  }
  return found;
}

/** Contents of files that git-lfs keeps are beside the objects, and are delivered with them. */
async function sightsInLargeFiles(git: Git, given: Looking): Promise<ReadonlyMap<string, Sight>> {
  const { site, seen } = given;
  for (const commit of given.tips) {
    // Their size is checked when they are taken.
    for (const { id, from } of await lackingLargeFiles(git, { site, commit, mostBytes: Infinity })) {
      const look = lookThrough(given, { type: 'large file', id, path: '' });
      await untilStopped(git, async (signal) => {
        const file = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
        for await (const chunk of file.createReadStream({ signal })) look((chunk as Buffer).toString('latin1'), false);
      });
      look('', true);
    }
  }
  return seen;
}

type Look = (bytes: string, last: boolean) => void;

function lookThrough({ sieve, seen, most, known }: Looking, object: GitObject): Look {
  const end = object.type === 'tree' ? '\0' : '\n';
  let looked = unlooked;
  return (bytes, last) => {
    if (seen.size >= most) return;
    const step = lookOn(sieve, { looked, bytes, last, end });
    looked = step.looked;
    for (const sighting of step.seen) {
      const around = object.type === 'tree' ? nameIn(sighting.around) : sighting.around;
      const key = [object.type, sighting.name, around].join('\n');
      if (!seen.has(key) && known?.has(key) !== true) seen.set(key, { ...sighting, around, object });
    }
  };
}

/** The name in an entry of a tree. An entry contains the object of the previous one, its own mode and its name. */
function nameIn(entry: string): string {
  return entry.replace(/^[^]*?[0-7]{5,6} /, '');
}

/**
 * Parses git's answer as it arrives. `begin` is called for each object, and the function that it returns for the object's
 * content.
 */
function eachObject(begin: (object: GitObject) => Look): (chunk: Buffer) => void {
  let head = '';
  let left = 0;
  let look: Look | null = null;
  return (chunk) => {
    for (let at = 0; at < chunk.length;) {
      if (look === null) {
        const end = chunk.indexOf('\n', at);
        head += chunk.toString('latin1', at, end === -1 ? chunk.length : end);
        if (end === -1) return;
        at = end + 1;
        // An empty line ends the previous object. A missing object has no size.
        const [, type, size, id, path] = /^([a-z]+) (\d+) ([0-9a-f]+) (.*)$/s.exec(head) ?? [];
        head = '';
        if (type === undefined || id === undefined || path === undefined) continue;
        left = Number(size);
        look = begin({ type, id, path });
      } else {
        const bytes = chunk.toString('latin1', at, Math.min(chunk.length, at + left));
        at += bytes.length;
        left -= bytes.length;
        look(bytes, left === 0);
      }
      if (left === 0) look = null;
    }
  };
}

async function heldBack(git: Git, given: Work & { readonly first: Sight; readonly count: number }): Promise<Fault> {
  const { site, sieve, first, count } = given;
  const more = count === 1 ? '' : `, and in ${count - 1} more ${count === 2 ? 'place' : 'places'}`;
  const where = sieve.masked(`${placeOf(first)}${await commitOf(git, given)}`);
  return new Fault({
    code: 'secret-in-work',
    message: `the work in ${site.path} contains the value of ${first.name}: ${where}${more}`,
    hint: 'remove it from the files there and from the commits (git rebase). If anybody may have seen it, have it replaced by whoever issued it. Then retry the task, which pays no agent again. If the value is no secret, remove the reference to it from the configuration',
  });
}

function placeOf({ object, line, around }: Sight): string {
  if (object.type === 'commit') return `in the message or the names of the commit ${object.id.slice(0, 12)}`;
  if (object.type === 'tree') return `in the name of ${shown(object.path === '' ? around : `${object.path}/${around}`)}`;
  if (object.type === 'large file') return `in the large file (LFS) ${object.id.slice(0, 12)} line ${line}`;
  return `in ${shown(object.path)} line ${line}`;
}

/** The first commit that contains it. The files may no longer contain it. */
async function commitOf(git: Git, given: Work & { readonly first: Sight }): Promise<string> {
  const { site, tips, first } = given;
  if (first.object.type === 'commit' || first.object.type === 'large file') return '';
  const at = inside(site);
  const args = ['diff-tree', '--stdin', '-r', '-t', '-m', '--root', '--no-renames', `--find-object=${first.object.id}`];
  const reads = { ...at, args: ['rev-list', '--reverse', '--stdin'], reads: [...tips, `^${site.base}`] };
  const found = await git.run({ ...at, args, reads, kind: 'read' });
  // The secret is reported even if its commit cannot be found.
  if (!found.ok) return '';
  const commit = /^[0-9a-f]{40,64}/m.exec(found.stdout)?.[0];
  return commit === undefined ? ' (not committed)' : ` (commit ${commit.slice(0, 12)})`;
}

function unreadable(site: Site, answer: GitAnswer): Fault {
  if (answer.aborted) return stopped();
  return new Fault({
    code: 'not-taken',
    message: `the work in ${site.path} cannot be searched for secrets: ${answer.timedOut ? 'it took too long' : gitReason(answer)}`,
    hint: `to find the problem, run: git --git-dir='${site.reader}' fsck`,
  });
}
