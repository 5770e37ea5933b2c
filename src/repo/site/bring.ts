// Brings the objects of a commit out of a site's reader into the person's repository: into a folder beside theirs first, where
// git checks each of them, and from there, when all were found sound, to the others, as git itself does it for a push. A few
// are packed by one git and unpacked by another, in half the time of a fetch; a fetch would also leave a pack each time.
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, rmdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { frugal } from '../fetch.ts';
import type { Git, GitAnswer } from '../git.ts';
import { shared } from '../registry.ts';
import type { Reach } from '../remote-address.ts';
import { fetchBeside } from './promised.ts';
import { baseRef, cQuoted, inside, type Site } from './record.ts';

export interface Bringing {
  readonly site: Site;
  readonly commit: string;
  /** The reader's, and the commit is what it is at. */
  readonly ref: string;
  readonly reach: Reach;
  /** The size of all that there is to bring at most, where it is a few loose objects; null: it may be more. */
  readonly looseBytes: number | null;
}

/** Git's last answer. Of what it refused nothing is in the repository. */
export async function bringObjects(git: Git, given: Bringing): Promise<GitAnswer> {
  await fetchBeside(git, given);
  const unpacked = await aside(given.site, (at) => unpack(git, { ...given, at }));
  // What was too much for it, or is refused: a fetch says why. With nothing of the first try: git does not check what is there.
  return unpacked?.ok === true ? unpacked : aside(given.site, (at) => fetchThere(git, { ...given, at }));
}

/** For git that checks objects and writes them down: it sees the person's, and they see its own only after it found all of them sound. */
async function aside<T extends GitAnswer | null>(site: Site, work: (at: At) => Promise<T>): Promise<T> {
  const objects = join(site.common, 'objects');
  for (let tries = 3; ; tries -= 1) {
    // Git's own name for such a folder: `git gc` deletes one whose maker was killed, and with `--prune=now` this one, too.
    const folder = join(objects, `tmp_objdir-incoming-${crypto.randomUUID()}`);
    mkdirSync(folder, { mode: 0o700 });
    try {
      const answer = await work(into({ site, objects, folder }));
      const isGone = !existsSync(folder);
      if (answer?.ok === true && !isGone) moveIn(folder, objects);
      if (!isGone || tries === 1) return answer;
    } catch (error) {
      if (tries === 1 || existsSync(folder)) throw error;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function into(given: { readonly site: Site; readonly objects: string; readonly folder: string }) {
  const { site, objects, folder } = given;
  const at = shared(site.common);
  // One step more than the person's own git takes to what they borrow: a long chain is spread out, as for the site.
  const seen = (site.stores ?? [objects]).map(cQuoted).join(delimiter);
  return { ...at, env: { ...at.env, GIT_OBJECT_DIRECTORY: folder, GIT_ALTERNATE_OBJECT_DIRECTORIES: seen, GIT_NO_LAZY_FETCH: '1' } };
}

type At = ReturnType<typeof shared>;

/** What a pack needs beside its objects. */
const packsOwnBytes = 65_536;

/** Null: not tried. */
async function unpack(git: Git, given: Bringing & { readonly at: At }): Promise<GitAnswer | null> {
  const { site, commit, looseBytes, at } = given;
  // What was promised by a remote is missing here, rightly, and only a fetch knows that.
  if (looseBytes === null || (site.promisor ?? null) !== null) return null;
  const pack = { ...inside(site), args: ['pack-objects', '--revs', '--stdout', '-q', '--window=0'], reads: [commit, `^${site.base}`] };
  const args = ['unpack-objects', '-q', '--strict', `--max-input-size=${looseBytes + packsOwnBytes}`];
  return git.run({ ...at, args, reads: pack });
}

function fetchThere(git: Git, given: Bringing & { readonly at: At }): Promise<GitAnswer> {
  const { site, ref, at } = given;
  // A person's `fetch.fsckObjects=false` is about their remotes; it would go before `transfer`.
  const settings = ['transfer.fsckObjects=true', 'fetch.fsckObjects=true', 'protocol.file.allow=always'].flatMap((one) => ['-c', one]);
  const args = [...settings, 'fetch', ...frugal, `--negotiation-tip=${baseRef(site.branch)}`, '--', site.reader, ref];
  return git.run({ ...at, args });
}

/** By git's own folders of objects, each of which is moved as a whole where there is none of its name yet. */
function moveIn(folder: string, objects: string): void {
  for (const name of readdirSync(folder)) {
    const [from, to] = [join(folder, name), join(objects, name)];
    // A collection of theirs may take an empty folder away meanwhile.
    for (let tries = 3; !moved(from, to) && !merged(from, { to, last: tries === 1 }); tries -= 1);
  }
  rmdirSync(folder);
}

function merged(from: string, { to, last }: { readonly to: string; readonly last: boolean }): boolean {
  // A pack is one for git as soon as its index is there.
  const files = readdirSync(from).toSorted((one, other) => Number(one.endsWith('.idx')) - Number(other.endsWith('.idx')));
  try {
    for (const file of files) moveFile(join(from, file), join(to, file));
  } catch (error) {
    if (last || existsSync(to)) throw error;
    return false;
  }
  rmdirSync(from);
  return true;
}

/** Of some repositories the packs are on another disk. */
function moveFile(from: string, to: string): void {
  if (moved(from, to)) return;
  const draft = join(dirname(to), `tmp_${crypto.randomUUID()}`);
  try {
    copyFileSync(from, draft);
    renameSync(draft, to);
  } finally {
    rmSync(draft, { force: true });
  }
  rmSync(from);
}

function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}
