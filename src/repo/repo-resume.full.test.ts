// `npm test` shows that work is resumed in stories only, such as broken-sessions.test.ts.
import { repoResumeContract } from '../ports/repo-resume.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoResumeContract(() => gitRepo({ lockMs: 2_000 }));
