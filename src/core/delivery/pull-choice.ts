// Whether a person wants pull requests for the work in a repository.
import { repositoryName, type ForgeRepository } from './pull-facts.ts';

/** `ask`: they have not decided yet. */
export type PullChoice = 'ask' | 'always' | 'never';

export interface PullChoices {
  readonly open: PullChoice;
  /** Answers to `ask`, by `github.com/acme/app`. */
  readonly repositories: Readonly<Record<string, Exclude<PullChoice, 'ask'>>>;
}

/** Forges ignore upper and lower case in the names of repositories. */
export function pullChoice({ open, repositories }: PullChoices, repository: ForgeRepository): PullChoice {
  if (open !== 'ask') return open;
  const name = repositoryName(repository).toLowerCase();
  return Object.entries(repositories).find(([one]) => one.toLowerCase() === name)?.[1] ?? 'ask';
}
