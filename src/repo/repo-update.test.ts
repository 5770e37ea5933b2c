import { repoUpdateContract } from '../ports/repo-update.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoUpdateContract(() => gitRepo({ lockMs: 2_000 }));
