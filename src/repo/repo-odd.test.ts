import { repoOddContract } from '../ports/repo-odd.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoOddContract(() => gitRepo({ lockMs: 2_000 }));
