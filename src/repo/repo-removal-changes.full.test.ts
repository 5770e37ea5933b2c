// What nobody committed, or only a repository inside has, is saved before a site is removed. `npm test` shows that for a whole
// task (supervisor-life.test.ts).
import { removalOfChanges } from '../ports/repo-removal-changes.testsuite.ts';
import { removalStage } from '../ports/repo-removal.samples.ts';
import { gitRepo } from './git-repo.ts';

removalOfChanges(removalStage(() => gitRepo({ lockMs: 500 })));
