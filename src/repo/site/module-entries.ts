// Reads a commit's .gitmodules as data: whoever made the commit wrote it.
import type { Git } from '../git.ts';

export interface ModuleEntry {
  readonly name: string;
  readonly path: string;
  readonly url: string | null;
}

/** Empty if there is no such file, or if git cannot read it. */
export async function moduleEntries(
  git: Git,
  given: { readonly at: { readonly cwd: string; readonly env: Readonly<Record<string, string>> }; readonly commit: string },
): Promise<readonly ModuleEntry[]> {
  const args = ['config', '--blob', `${given.commit}:.gitmodules`, '-z', '--get-regexp', String.raw`^submodule\..*\.(path|url)$`];
  const listed = (await git.maybe({ ...given.at, args, kind: 'read' })) ?? '';
  const found = new Map<string, { path?: string; url?: string }>();
  for (const entry of listed.split('\0')) {
    const [, name, key, value] = /^submodule\.(.*)\.(path|url)\n(.*)$/s.exec(entry) ?? [];
    if (name === undefined || key === undefined || value === undefined) continue;
    found.set(name, { ...found.get(name), [key]: value });
  }
  return [...found].flatMap(([name, { path, url }]) => (path === undefined ? [] : [{ name, path, url: url ?? null }]));
}

/** A name that git itself would use for a folder below `modules`. */
export function plainName(name: string): boolean {
  return name !== '' && !/^[/\\-]/.test(name) && !name.split(/[/\\]/).some((part) => part === '..' || part === '.' || part === '');
}
