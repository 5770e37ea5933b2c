// The repository's task list as a file. The code that edits it is loaded separately, because commands that only read should
// start fast.
import { realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import type { LockTimes } from '../../lib/lock-file.ts';
import type { TodoFile } from '../../ports/todo-file.ts';
import { largestBrief, largestList, markOf, readSmallFile } from './read-list.ts';

export function listOf(repo: string): string {
  return join(repo, 'TODO.md');
}

export interface List {
  readonly file: TodoFile;
  /** The prefix of task ids in a repository. */
  readonly ids: (repo: string) => Promise<string>;
}

export const todoFile: TodoFile = todoFileWith({ staleMs: 10_000, waitMs: 30_000 });

export function todoFileWith(times: LockTimes): TodoFile {
  return {
    // Reads only what the file system holds in memory. It is called at every pulse, where a promise would cost ten times as
    // much.
    mark: (path) => {
      const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
      return stats === undefined ? null : markOf(stats);
    },
    read: async (path) => {
      const seen = readSmallFile(path, largestList);
      return seen === null ? null : { text: seen.text, mark: seen.mark };
    },
    edit: async (path, change, replaced = () => undefined) => (await editing()).edit({ path, change, replaced, times }),
    // If tidying is impossible, the leftovers do no harm.
    tidy: async (path) => (await editing()).tidy({ path, times }).catch(() => undefined),
    brief: async (root, id) => briefOf({ root, id }),
    setBrief: async ({ root, id, from, text }) =>
      (await editing()).setBrief({ path: briefPath({ root, id }), text, isAsPlanned: () => briefOf({ root, id }) === from }),
    linked: async (given) => linkedText(given),
    writeBrief: async ({ root, id, text }) => (await editing()).writeBrief({ path: briefPath({ root, id }), text }),
  };
}

function editing(): Promise<typeof import('./edit-list.ts')> {
  return import('./edit-list.ts');
}

function briefOf({ root, id }: { readonly root: string; readonly id: string }): string | null {
  // The id becomes part of a path, so it must not contain other characters.
  if (!/^\w[\w.-]*$/.test(id)) return null;
  const seen = readSmallFile(briefPath({ root, id }), largestBrief);
  return seen === null ? null : seen.text.replace(/^\uFEFF/, '');
}

/** What a link leads to is shown at the forge, so it must not be a file of the person's outside of the repository. */
function linkedText({ root, path }: { readonly root: string; readonly path: string }): string | null {
  try {
    const [from, to] = [realpathSync(root), realpathSync(join(root, path))];
    const below = relative(from, to);
    if (below === '' || below.startsWith('..') || isAbsolute(below) || below.split(sep)[0] === '.git') return null;
    return readSmallFile(to, largestBrief)?.text.replace(/^\uFEFF/, '') ?? null;
  } catch {
    return null;
  }
}

function briefPath({ root, id }: { readonly root: string; readonly id: string }): string {
  return join(root, 'todo', 'tasks', `${id}-brief.md`);
}
