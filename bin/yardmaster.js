#!/usr/bin/env node
// Starts the program, on any Node: below 24 it hands over to the checkout's pinned Node, or says what is wrong. Plain
// JavaScript that an old Node can parse too, because that is the Node which needs the message.
import { existsSync } from 'fs';
import * as nodeModule from 'module';
import { dirname, join } from 'path';
import { fileURLToPath, pathToFileURL } from 'url';
import { endLike, runInPlace } from './hand-over.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

if (Number(process.versions.node.split('.')[0]) >= 24) start();
else handOver();

function start() {
  // Only a checkout has the source; there the bundle may be old.
  const source = join(root, 'src', 'cli', 'main.ts');
  const main = existsSync(source) ? source : join(root, 'dist', 'main.js');
  if (existsSync(main)) {
    // Without it every start of a checkout takes the types out of all its source again (0.9 s instead of 0.3 s).
    if (main === source) nodeModule.enableCompileCache(join(root, 'node_modules', '.cache', 'yardmaster'));
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

function handOver() {
  const pinned = join(root, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(pinned)) {
    void runInPlace(pinned, [fileURLToPath(import.meta.url)].concat(process.argv.slice(2)), process.env).then(endLike);
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
