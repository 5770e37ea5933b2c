// The versions of both agents before the pinned ones. They take 0.6 GB, so no clone has them until a test of the lane
// `full` asks for them; then npm fetches exactly the locked versions, checked against their integrity, into a separate
// folder.
import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, beforeEach } from 'vitest';
import { agentBinary, agentNames, missingAgent } from './agents.ts';

const folder = fileURLToPath(new URL('../older-agents/', import.meta.url));
/**
 * Contains the lock file of the last complete fetch. npm removes it with node_modules before it fetches, so it is missing
 * after an interrupted install.
 */
const stamp = `${folder}node_modules/fetched-by.json`;

/** May be used by one test file only, because two files that fetch at the same time would delete each other's folder. */
export function needsOlderAgents(): void {
  let missing: string | null = null;
  beforeAll(async () => {
    missing = (await fetchOlderAgents()) ?? agentNames.filter((name) => agentBinary(name, 'older') === null).map(missingAgent)[0] ?? null;
  });
  beforeEach(({ skip }) => {
    if (missing !== null) skip(missing);
  });
}

/** Returns why they could not be fetched; null: they are here. */
async function fetchOlderAgents(): Promise<string | null> {
  const lock = `${folder}package-lock.json`;
  if (read(stamp) === readFileSync(lock, 'utf8')) return null;
  // The npm that runs the tests, if the tests are run by npm.
  const cli = process.env['npm_execpath'] ?? '';
  const [file, first] = cli.endsWith('npm-cli.js') ? [process.execPath, [cli]] : ['npm', []];
  // The binaries are in packages of their own and need no install script.
  const options = ['ci', '--ignore-scripts', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  try {
    await promisify(execFile)(file, [...first, ...options], { cwd: folder, timeout: 300_000 });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n')[0] : '';
    return `the older agents could not be fetched by npm: ${said === '' ? String(error) : said}`;
  }
  copyFileSync(lock, stamp);
  return null;
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
