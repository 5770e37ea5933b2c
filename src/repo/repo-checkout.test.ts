import { repoCheckoutContract } from '../ports/repo-checkout.testsuite.ts';
import { gitRepo } from './git-repo.ts';

repoCheckoutContract(() => gitRepo({ lockMs: 2_000 }));
