// Brings a few commits of a site into the person's repository with half the processes of a fetch, and without the pack that a
// fetch leaves behind each time. One git packs them out of the reader, another one checks and unpacks them into a folder
// beside the person's objects; they are moved in when all of them were found sound, as git itself does for a push.
import { mkdirSync, readdirSync, renameSync, rmSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Git } from '../git.ts';
import { shared } from '../registry.ts';
import { cQuoted, inside, type Site } from './record.ts';

export interface LooseBringing {
  readonly site: Site;
  readonly commit: string;
  /** Of all the objects together; when there is more to bring, it is a fetch's to bring. */
  readonly mostBytes: number;
  /** References that are to be at the commit, each with where it is now; null: it is not there. */
  readonly moves: readonly { readonly ref: string; readonly from: string | null }[];
}

/** What a pack needs beside its objects. */
const packsOwnBytes = 65_536;

/** False: a fetch has to do it, or to say why it cannot be done. Nothing that was not found sound is in the repository. */
export async function bringLoose(git: Git, given: LooseBringing): Promise<boolean> {
  const { site, commit, moves } = given;
  // What was promised by a remote is missing here, rightly, and only a fetch knows that.
  if ((site.promisor ?? null) !== null) return false;
  const objects = join(site.common, 'objects');
  // Git's own name for such a folder: `git gc` deletes one that somebody left there who was killed.
  const aside = join(objects, `tmp_objdir-incoming-${crypto.randomUUID()}`);
  try {
    mkdirSync(aside, { mode: 0o700 });
    await unpack(git, { ...given, aside, objects });
    moveIn(aside, objects);
    rmdirSync(aside);
  } catch {
    rmSync(aside, { recursive: true, force: true });
    return false;
  }
  const none = '0'.repeat(commit.length);
  const reads = moves.map(({ ref, from }) => `update ${ref} ${commit} ${from ?? none}`);
  return (await git.run({ ...shared(site.common), args: ['update-ref', '-m', 'yardmaster: taken', '--stdin'], reads })).ok;
}

async function unpack(git: Git, given: LooseBringing & { readonly aside: string; readonly objects: string }): Promise<void> {
  const { site, commit, mostBytes, aside, objects } = given;
  const pack = { ...inside(site), args: ['pack-objects', '--revs', '--stdout', '-q', '--window=0'], reads: [commit, `^${site.base}`] };
  const at = shared(site.common);
  // What it links to must be new as well or be in the person's repository already: what only the site has does not count.
  const env = { ...at.env, GIT_NO_LAZY_FETCH: '1', GIT_OBJECT_DIRECTORY: aside, GIT_ALTERNATE_OBJECT_DIRECTORIES: cQuoted(objects) };
  const args = ['unpack-objects', '-q', '--strict', `--max-input-size=${mostBytes + packsOwnBytes}`];
  await git.text({ ...at, env, args, reads: pack });
}

/** By git's own folders of objects, each of which is moved as a whole where there is none of its name yet. */
function moveIn(aside: string, objects: string): void {
  for (const name of readdirSync(aside)) {
    const [from, to] = [join(aside, name), join(objects, name)];
    if (moved(from, to)) continue;
    for (const object of readdirSync(from)) renameSync(join(from, object), join(to, object));
    rmdirSync(from);
  }
}

function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}
