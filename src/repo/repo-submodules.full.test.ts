// `npm test` shows the same rule by the stories of unusual repositories (unusual-repositories.test.ts).
import { repoSubmodulesContract } from '../ports/repo-submodules.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoSubmodulesContract(() => gitRepo({ lockMs: 2_000 }));
