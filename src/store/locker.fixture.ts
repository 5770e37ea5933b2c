// Another program on the same database: it runs the SQL in its arguments, says so, and keeps the resulting locks until
// standard input tells it to release them.
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
