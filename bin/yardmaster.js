#!/usr/bin/env node
// Starts the program, on any Node: below 24 it hands over to the checkout's pinned Node, or says what is wrong. Plain
// JavaScript that an old Node can parse too, because that is the Node which needs the message.
import { createRequire } from 'module';

// Not imported, because to import `fs` loads all that it may ever need, a fifth of what Node takes to start.
const require = createRequire(import.meta.url);
const { existsSync, mkdirSync, statSync } = require('fs');
const { dirname, isAbsolute, join } = require('path');
const { fileURLToPath, pathToFileURL } = require('url');

const root = dirname(dirname(fileURLToPath(import.meta.url)));

if (Number(process.versions.node.split('.')[0]) >= 24) start();
else handOver();

function start() {
  // Only a checkout has the source; there the bundle may be old.
  const source = join(root, 'src', 'cli', 'main.ts');
  const main = existsSync(source) ? source : join(root, 'dist', 'main.js');
  if (existsSync(main)) {
    // Without it every start compiles its code again, and that of a checkout takes the types out of all its source before.
    const cache = main === source ? join(root, 'node_modules', '.cache', 'yardmaster') : privateCache();
    if (cache !== null) require('module').enableCompileCache(cache);
    import(pathToFileURL(main).href)
      .then((program) => program.main())
      .catch((error) => {
        console.error(error);
        process.exitCode = 1;
      });
  } else {
    fail(`this package is incomplete: ${main} is missing`, 'install yardmaster again, or run `npm run build` in a checkout');
  }
}

/** A folder of this user alone, or null: whoever could write compiled code there would have it run as ours. */
function privateCache() {
  const base = process.env.XDG_CACHE_HOME || (process.env.HOME && join(process.env.HOME, '.cache'));
  if (!base || !isAbsolute(base)) return null;
  try {
    const own = join(base, 'yardmaster');
    for (const folder of [base, own]) if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    const { uid, mode } = statSync(own);
    return uid === process.getuid() && (mode & 0o022) === 0 ? own : null;
  } catch {
    return null; // The cache may be missing, read-only, somebody else's: the program runs all the same.
  }
}

function handOver() {
  const pinned = join(root, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(pinned)) {
    const args = [fileURLToPath(import.meta.url)].concat(process.argv.slice(2));
    void import('./hand-over.js').then(({ runInPlace, endLike }) => runInPlace(pinned, args, process.env).then(endLike));
  } else {
    fail(
      `yardmaster needs Node 24 or later, and this is Node ${process.versions.node} (${process.execPath})`,
      'install Node 24 or later (https://nodejs.org) and start yardmaster with it; in a checkout, `npm ci` brings its own',
    );
  }
}

function fail(message, hint) {
  console.error(`yardmaster: ${message}\n  → ${hint}`);
  process.exitCode = 1;
}
