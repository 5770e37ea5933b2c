// A process of its own that makes a site, for a test that kills it over it: writes its pid where the test wants it first.
import { writeFileSync } from 'node:fs';
import { gitRepo } from './git-repo.ts';

const [root = '', path = '', pidFile = ''] = process.argv.slice(2);
writeFileSync(pidFile, String(process.pid));
await gitRepo().makeSite({ root, path, branch: () => 'yard/t1', remote: 'origin', defaultBranch: 'main' });
process.exit(0);
