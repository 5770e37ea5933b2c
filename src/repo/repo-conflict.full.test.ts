// `npm test` shows the same rule by the story of a pull request with a conflict (pull-requests.test.ts).
import { repoConflictContract } from '../ports/repo-conflict.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoConflictContract(() => gitRepo({ lockMs: 2_000 }));
