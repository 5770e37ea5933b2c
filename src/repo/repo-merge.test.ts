import { repoMergeContract } from '../ports/repo-merge.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoMergeContract(() => gitRepo({ lockMs: 2_000 }));
