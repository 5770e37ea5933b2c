import { repoResumeContract } from '../ports/repo-resume.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoResumeContract(() => gitRepo({ lockMs: 2_000 }));
