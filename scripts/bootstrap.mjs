// node scripts/bootstrap.mjs SCRIPT [ARG…]: makes sure that the dependencies are installed, then runs SCRIPT on the pinned
// Node. Plain JavaScript for Node 20 without dependencies, because a fresh clone starts with it. It starts the pinned Node
// itself: a shell remembers where it found `node`, so `node this && node that` would stay on the old one.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { endLike, runInPlace } from '../bin/hand-over.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const [script, ...args] = process.argv.slice(2);

if (script === undefined) stop('no script was given', 'node scripts/bootstrap.mjs SCRIPT [ARG…]');
const mismatch = findMismatch();
if (mismatch !== null) install(mismatch);
await run({ node: findNode(), file: resolve(root, script) });

/** Says how node_modules differs from package-lock.json; null if it does not. */
function findMismatch() {
  const wanted = readLock(join(root, 'package-lock.json'));
  // npm writes this file last, so an interrupted install has none.
  const present = readLock(join(modules, '.package-lock.json'));
  if (wanted === null) stop('package-lock.json is missing or unreadable', 'run this in a complete checkout');
  if (present === null) return 'node_modules is missing or incomplete';
  for (const [path, entry] of Object.entries(wanted)) {
    const found = present[path];
    // Binaries for other platforms are in the lockfile and are rightly not installed here.
    if (path === '' || (found === undefined && (entry.optional || entry.devOptional))) continue;
    if (found === undefined) return `${path} is missing`;
    if (found.version !== entry.version || found.integrity !== entry.integrity) return `${path} is not at ${entry.version}`;
    if (!existsSync(join(root, path))) return `${path} is gone`;
  }
  for (const [path, entry] of Object.entries(present)) {
    if (wanted[path] === undefined) return `${path} is not in package-lock.json`;
    if (!suits(entry.os, process.platform) || !suits(entry.cpu, process.arch)) return `${path} is for another platform`;
  }
  return null;
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return null;
  }
}

/** npm's lists of platforms contain names, or names with `!` for all platforms but these. */
function suits(list, name) {
  if (list === undefined || list.includes(name)) return true;
  return list.every((one) => one.startsWith('!')) && !list.includes(`!${name}`);
}

function install(why) {
  console.error(`Installing dependencies: ${why}.`);
  // The npm that runs this script, on its own Node. It is not the one in node_modules, which is about to be replaced.
  const { npm_execpath: cli = '', npm_node_execpath: node } = process.env;
  const [file, first] = cli.endsWith('npm-cli.js') && node !== undefined ? [node, [cli]] : ['npm', []];
  // npm's output goes to stderr, because stdout belongs to the script. The only warning that would be printed is about the
  // engines of a Node that we are about to leave. Tests and checks are development dependencies.
  const options = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync(file, [...first, ...options], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  stop(
    error === undefined ? `\`npm ci\` failed (${status ?? 'killed'}); its output is above` : `npm could not be started: ${error.message}`,
    'check the network and the registry that npm uses, and try again',
  );
}

function findNode() {
  const { platform, arch } = process;
  const package_ = `${platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node'}-${platform}-${arch}`;
  // The first is a link made by the package's install script; the others are its target, in case only the link failed.
  const places = ['node', `node/node_modules/${package_}`, package_].map((place) => join(modules, place, 'bin', 'node'));
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= 24) {
    console.error(
      `The pinned Node is missing (npm did not run the install script of the package \`node\`), so Node ${process.versions.node} is used.`,
    );
    return process.execPath;
  }
  return stop(
    'the pinned Node 24 is missing: npm did not run the install script of the package `node`',
    'run `npm rebuild node --ignore-scripts=false`, or use Node 24 or later',
  );
}

async function run({ node, file }) {
  const path = [join(modules, '.bin'), dirname(node), process.env.PATH].join(delimiter);
  if (mismatch === null && realpathSync(node) === realpathSync(process.execPath)) {
    // This process already runs on it (npm puts node_modules/.bin first), so no further process is needed, and no signals
    // have to be passed on.
    process.env.PATH = path;
    process.argv = [process.execPath, file, ...args];
    await import(pathToFileURL(file).href);
    return;
  }
  endLike(await runInPlace(node, [file, ...args], { ...process.env, PATH: path }));
}

function stop(message, hint) {
  console.error(`${message}\n  → ${hint}`);
  process.exit(1);
}
