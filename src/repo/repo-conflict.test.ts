import { repoConflictContract } from '../ports/repo-conflict.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoConflictContract(() => gitRepo({ lockMs: 2_000 }));
