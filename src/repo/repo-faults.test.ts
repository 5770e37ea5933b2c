import { repoFaultsContract } from '../ports/repo-faults.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoFaultsContract(() => gitRepo({ lockMs: 200 }));
