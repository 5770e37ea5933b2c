// Work that contains a secret which we gave out is held back, before it is committed, taken or pushed. Looked through is all that
// it adds to its base: commits with their messages, names of files, and files of any kind, also what a later commit takes out again.
// Git hands the objects on as they are, and they are looked through as they come: attributes, filters and programs that show
// differences have no part in it, and a large file is held in no memory.
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
  /** Commits, or trees of what is not committed yet. */
  readonly tips: readonly string[];
}

interface Sight extends Sighting {
  readonly object: GitObject;
}

interface GitObject {
  readonly type: string;
  readonly id: string;
  /** In bytes, one character each; none where it has none. */
  readonly path: string;
}

interface Sights {
  /** By what is the same in another version of the file, or in another file. */
  readonly seen: Map<string, Sight>;
  /** Of more the first ones are told just as well. */
  readonly most: number;
  /** What stands in the base is not the worker's doing, wherever the line stands now. */
  readonly known?: ReadonlyMap<string, Sight>;
}

/** Kept in memory. What a base has beyond that counts as the worker's. */
const mostKnown = 100_000;

/** Faults: `secret-in-work`; `not-taken`, where not all of it can be looked through. */
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
  const from = [site.base, ...(site.onto === undefined ? [] : [site.onto])];
  await sightsIn(git, { ...given, objects: [...given.tips, ...from.map((commit) => `^${commit}`)] });
  return sightsInLargeFiles(git, given);
}

async function sightsIn(git: Git, given: Looking & { readonly objects: readonly string[] }): Promise<ReadonlyMap<string, Sight>> {
  const { site, seen } = given;
  const at = { ...inside(site), kind: 'read' } as const;
  // What was promised by a remote is not there, and the worker has not made it.
  const missing = site.promisor == null ? [] : ['--missing=allow-any'];
  const list = ['rev-list', '--objects', ...missing, '--stdin'];
  const listed = await git.run({ ...at, args: list, reads: given.objects, bytes: true, cwd: latin1(at.cwd) });
  if (!listed.ok) throw unreadable(site, listed);
  const begin = (object: GitObject): Look => lookThrough(given, object);
  // Most often they are a few small files, which are read in less time than a git takes to start.
  const few = looseOf(site, listed.stdout);
  for (const { content, ...object } of few ?? []) begin(object)(content.toString('latin1'), true);
  if (few !== null) return seen;
  const args = ['cat-file', '--batch=%(objecttype) %(objectsize) %(objectname) %(rest)', '--buffer'];
  const take = eachObject(begin);
  const read = await git.run({ ...at, args, input: `${listed.stdout}\n`, bytes: true, cwd: latin1(at.cwd), take });
  if (!read.ok) throw unreadable(site, read);
  return seen;
}

/** Null where git has to be asked. */
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

/** What git-lfs keeps of files stands beside the objects, and is delivered with them. */
async function sightsInLargeFiles(git: Git, given: Looking): Promise<ReadonlyMap<string, Sight>> {
  const { site, seen } = given;
  for (const commit of given.tips) {
    // How large they may be is asked when they are taken.
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

/** Of an entry of a tree, which ends where the next one's begins: the object of the one before, the mode, the name. */
function nameIn(entry: string): string {
  return entry.replace(/^[^]*?[0-7]{5,6} /, '');
}

/** Reads git's answer as it comes. `begin` is told of each object, and what it answers of its content. */
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
        // An empty line ends the object before; one that is missing has no size.
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
    hint: 'take it out of the files there, and out of the commits as well (git rebase); where it may have been seen, replace it at the place that issued it; then retry the task: no agent is paid again for it. Of a value that is no secret, take away the reference in the configuration',
  });
}

function placeOf({ object, line, around }: Sight): string {
  if (object.type === 'commit') return `in the message or the names of the commit ${object.id.slice(0, 12)}`;
  if (object.type === 'tree') return `in the name of ${shown(object.path === '' ? around : `${object.path}/${around}`)}`;
  if (object.type === 'large file') return `in the large file (LFS) ${object.id.slice(0, 12)} line ${line}`;
  return `in ${shown(object.path)} line ${line}`;
}

/** The first one that brought it; it may be no longer in the files. */
async function commitOf(git: Git, given: Work & { readonly first: Sight }): Promise<string> {
  const { site, tips, first } = given;
  if (first.object.type === 'commit' || first.object.type === 'large file') return '';
  const at = inside(site);
  const args = ['diff-tree', '--stdin', '-r', '-t', '-m', '--root', '--no-renames', `--find-object=${first.object.id}`];
  const reads = { ...at, args: ['rev-list', '--reverse', '--stdin'], reads: [...tips, `^${site.base}`] };
  const found = await git.run({ ...at, args, reads, kind: 'read' });
  // That there is one is said all the same.
  if (!found.ok) return '';
  const commit = /^[0-9a-f]{40,64}/m.exec(found.stdout)?.[0];
  return commit === undefined ? ' (not committed)' : ` (commit ${commit.slice(0, 12)})`;
}

function unreadable(site: Site, answer: GitAnswer): Fault {
  if (answer.aborted) return stopped();
  return new Fault({
    code: 'not-taken',
    message: `what was done in ${site.path} cannot be looked through for secrets: ${answer.timedOut ? 'it took too long' : gitReason(answer)}`,
    hint: `look at it with: git --git-dir='${site.reader}' fsck`,
  });
}
