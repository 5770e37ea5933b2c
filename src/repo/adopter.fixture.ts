// A process of its own that looks at checkouts, with others at the same moment: waits for a line on standard input, then
// prints what it found of each.
import { once } from 'node:events';
import { gitRepo } from './git-repo.ts';

const paths = process.argv.slice(2);
const repo = gitRepo();
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const found = await Promise.all(paths.map((path) => repo.describeSite(path).catch((error: unknown) => String(error))));
process.stdout.write(`${JSON.stringify(found)}\n`);
process.exit(0);
