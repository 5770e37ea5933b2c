import { repoPartialContract } from '../ports/repo-partial.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoPartialContract(() => gitRepo({ lockMs: 2_000 }));
