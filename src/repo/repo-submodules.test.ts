import { repoSubmodulesContract } from '../ports/repo-submodules.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoSubmodulesContract(() => gitRepo({ lockMs: 2_000 }));
