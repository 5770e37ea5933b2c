// `npm test` shows the same rule by its stories (merge-without-forge.test.ts).
import { repoMergeContract } from '../ports/repo-merge.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoMergeContract(() => gitRepo({ lockMs: 2_000 }));
