import { repoBranchesContract } from '../ports/repo-branches.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoBranchesContract(() => gitRepo({ lockMs: 2_000 }));
