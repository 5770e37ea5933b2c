// `npm test` has no other proof of this.
import { repoPlacesContract } from '../ports/repo-places.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoPlacesContract(() => gitRepo({ lockMs: 2_000 }));
