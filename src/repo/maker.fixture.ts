// A separate process that makes a site, for a test that kills it meanwhile; it first writes its pid where the test wants
// it. It can be told to kill itself when it calls a function of `node:fs` for a reference of ours, or around the note of
// what is being made: before the note exists (`folders`), while it is empty (`note`), or when it is complete under another
// name (`note-draft`).
import fs, { writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { gitRepo } from './git-repo.ts';

const [root = '', path = '', pidFile = '', at = 'never'] = process.argv.slice(2);
writeFileSync(pidFile, String(process.pid));
const die = (): void => void process.kill(process.pid, 'SIGKILL');
const { openSync, renameSync, writeFileSync: write } = fs;
if (at === 'fsync') fs.fsync = die as unknown as typeof fs.fsync;
if (at === 'renameSync') fs.renameSync = (from, to) => (String(to).includes('refs/yardmaster/base') ? die() : renameSync(from, to));
if (at === 'openSync')
  fs.openSync = (path, ...how) => {
    const file = openSync(path, ...how);
    if (String(path).includes('refs/yardmaster/base')) die();
    return file;
  };
if (at === 'folders' || at === 'note')
  fs.writeFileSync = (file, ...how) => {
    if (!String(file).includes('yardmaster-unfinished')) return write(file, ...how);
    if (at === 'note') openSync(String(file), 'w');
    die();
  };
if (at === 'note-draft') fs.renameSync = (from, to) => (String(to).includes('yardmaster-unfinished') ? die() : renameSync(from, to));
syncBuiltinESMExports();
await gitRepo().makeSite({ root, path, branch: () => 'yard/t1', remote: 'origin', defaultBranch: 'main' });
process.exit(0);
