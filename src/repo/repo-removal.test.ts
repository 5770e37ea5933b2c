import { repoRemovalContract } from '../ports/repo-removal.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoRemovalContract(() => gitRepo({ lockMs: 500 }));
