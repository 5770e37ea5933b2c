// Another program at the same database: runs the SQL of its arguments, says so, and keeps what that locked until it is
// told to let go on standard input.
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';

const [file = '', ...statements] = process.argv.slice(2);
const database = new DatabaseSync(file, { timeout: 5000 });
for (const statement of statements) database.exec(statement);
process.stdout.write('locked\n');
await once(process.stdin, 'data');
database.close();
process.stdout.write('free\n');
process.stdin.destroy();
