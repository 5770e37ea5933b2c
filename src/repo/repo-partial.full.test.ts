// `npm test` shows the same rule by the story of an agent that fetches little (partial-history.test.ts).
import { repoPartialContract } from '../ports/repo-partial.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoPartialContract(() => gitRepo({ lockMs: 2_000 }));
