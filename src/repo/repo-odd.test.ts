import { oddRepositories } from '../../test/support/odd-repositories.ts';
import { repoOddContract } from '../ports/repo-odd.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoOddContract({ create: () => gitRepo({ lockMs: 2_000 }), rows: oddRepositories });
