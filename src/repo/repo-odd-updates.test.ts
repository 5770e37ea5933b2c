import { oddest, repoOddUpdatesContract } from '../ports/repo-odd-updates.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoOddUpdatesContract({ create: () => gitRepo({ lockMs: 2_000 }), rows: oddest });
