import { repoVerifyContract } from '../ports/repo-verify.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoVerifyContract(() => gitRepo({ lockMs: 2_000 }));
