// `npm test` shows the same rule by the story of pull requests (pull-requests.test.ts).
import { repoPushHeadContract } from '../ports/repo-push-head.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoPushHeadContract(() => gitRepo({ lockMs: 2_000 }));
