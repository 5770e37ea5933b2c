// Brings the objects of a commit from a site's reader into the person's repository: first into a folder beside theirs,
// where git checks each of them, and once all are sound, to the others, as git itself does for a push. A few objects are
// packed by one git and unpacked by another, in half the time of a fetch; a fetch would also leave a pack each time.
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
  /** A reference of the reader that points to the commit. */
  readonly ref: string;
  readonly reach: Reach;
  /** An upper limit of the objects' size, if they are a few loose objects; null if there may be more. */
  readonly looseBytes: number | null;
}

/** Returns git's last answer. Nothing that it refused is in the repository. */
export async function bringObjects(git: Git, given: Bringing): Promise<GitAnswer> {
  await fetchBeside(git, given);
  const unpacked = await aside(given.site, (at) => unpack(git, { ...given, at }));
  // If the first way refused or could not do it, a fetch gives the reason. It starts without the objects of the first try,
  // because git does not check objects that are there already.
  return unpacked?.ok === true ? unpacked : aside(given.site, (at) => fetchThere(git, { ...given, at }));
}

/**
 * For a git that checks and writes objects: it can read the person's objects, and they get its objects only after it
 * found all of them sound.
 */
async function aside<T extends GitAnswer | null>(site: Site, work: (at: At) => Promise<T>): Promise<T> {
  const objects = join(site.common, 'objects');
  for (let tries = 3; ; tries -= 1) {
    // Git uses such names for the same purpose: `git gc` deletes a folder whose maker was killed, and with `--prune=now`
    // even this one.
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
  // This is one step more than the person's own git takes to the stores that it borrows from, so a long chain is flattened,
  // as for the site.
  const seen = (site.stores ?? [objects]).map(cQuoted).join(delimiter);
  return { ...at, env: { ...at.env, GIT_OBJECT_DIRECTORY: folder, GIT_ALTERNATE_OBJECT_DIRECTORIES: seen, GIT_NO_LAZY_FETCH: '1' } };
}

type At = ReturnType<typeof shared>;

/** The space that a pack needs besides its objects. */
const packsOwnBytes = 65_536;

/** Null if this was not tried. */
async function unpack(git: Git, given: Bringing & { readonly at: At }): Promise<GitAnswer | null> {
  const { site, commit, looseBytes, at } = given;
  // Objects that a remote promised are rightly missing here, which only a fetch understands.
  if (looseBytes === null || (site.promisor ?? null) !== null) return null;
  const pack = { ...inside(site), args: ['pack-objects', '--revs', '--stdout', '-q', '--window=0'], reads: [commit, `^${site.base}`] };
  const args = ['unpack-objects', '-q', '--strict', `--max-input-size=${looseBytes + packsOwnBytes}`];
  return git.run({ ...at, args, reads: pack });
}

function fetchThere(git: Git, given: Bringing & { readonly at: At }): Promise<GitAnswer> {
  const { site, ref, at } = given;
  // The person's `fetch.fsckObjects=false` is meant for their remotes, and would override `transfer.fsckObjects`.
  const settings = ['transfer.fsckObjects=true', 'fetch.fsckObjects=true', 'protocol.file.allow=always'].flatMap((one) => ['-c', one]);
  const args = [...settings, 'fetch', ...frugal, `--negotiation-tip=${baseRef(site.branch)}`, '--', site.reader, ref];
  return git.run({ ...at, args });
}

/** Works on git's own subfolders of objects, each of which is moved as a whole if there is none of its name yet. */
function moveIn(folder: string, objects: string): void {
  for (const name of readdirSync(folder)) {
    const [from, to] = [join(folder, name), join(objects, name)];
    // A collection in the person's repository may remove an empty folder meanwhile.
    for (let tries = 3; !moved(from, to) && !merged(from, { to, last: tries === 1 }); tries -= 1);
  }
  rmdirSync(folder);
}

function merged(from: string, { to, last }: { readonly to: string; readonly last: boolean }): boolean {
  // Git uses a pack as soon as its index exists, so the index is moved last.
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

/** In some repositories, packs are on another disk. */
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
