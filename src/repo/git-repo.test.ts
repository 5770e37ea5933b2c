import { repoContract } from '../ports/repo.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoContract(() => gitRepo({ lockMs: 2_000 }));
