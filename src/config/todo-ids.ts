// What ids of tasks begin with in a repository, for commands that need nothing else of its configuration: to load the
// parser and the schema takes longer than all else that they do, and most files say nothing of it.
import { defaults } from './defaults.ts';
import { largestFile, repositoryConfigFile, userConfigFile, type Env } from './paths.ts';
import { readText } from './read-text.ts';

/** Faults: those of `loadSettings`, where one of the files may say it; what else is wrong in a file is not found. */
export async function todoIds(given: { readonly env: Env; readonly repo: string }): Promise<string> {
  const { env, repo } = given;
  const files = [userConfigFile(env), repositoryConfigFile(repo)];
  const texts = await Promise.all(files.map((file) => readText({ file, largest: largestFile })));
  if (!texts.some((text) => text !== null && maySayIds.test(text))) return defaults.todo.ids;
  const { loadSettings } = await import('./load.ts');
  return (await loadSettings({ env, repo, flags: {} })).settings.todo.ids;
}

/** With a backslash the key can be written without its letters. */
const maySayIds = /ids|\\/;
