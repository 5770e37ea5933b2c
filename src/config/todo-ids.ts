// Reads the prefix of task ids in a repository, for commands that need nothing else of its configuration. Loading the
// parser and the schema would take longer than everything else that they do, and most files do not mention the prefix.
import { defaults } from './defaults.ts';
import { largestFile, repositoryConfigFile, userConfigFile, type Env } from './paths.ts';
import { readText } from './read-text.ts';

/** Faults: those of `loadSettings` if one of the files may contain the prefix. Other mistakes in a file are not noticed. */
export async function todoIds(given: { readonly env: Env; readonly repo: string }): Promise<string> {
  const { env, repo } = given;
  const files = [userConfigFile(env), repositoryConfigFile(repo)];
  const texts = await Promise.all(files.map((file) => readText({ file, largest: largestFile })));
  if (!texts.some((text) => text !== null && maySayIds.test(text))) return defaults.todo.ids;
  const { loadSettings } = await import('./load.ts');
  return (await loadSettings({ env, repo, flags: {} })).settings.todo.ids;
}

/** A backslash counts as well, because an escape can write the key without its letters. */
const maySayIds = /ids|\\/;
