// A separate process that looks at checkouts at the same moment as others: it waits for a line on standard input, then
// prints what it found about each.
import { once } from 'node:events';
import { gitRepo } from './git-repo.ts';

const paths = process.argv.slice(2);
const repo = gitRepo();
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const found = await Promise.all(paths.map((path) => repo.describeSite(path).catch((error: unknown) => String(error))));
process.stdout.write(`${JSON.stringify(found)}\n`);
process.exit(0);
