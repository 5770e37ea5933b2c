// Packages that are too large for every clone: a test of the lane `full` fetches them into a folder of their own, exactly as
// its lock file says, checked against their integrity.
import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Returns why the packages of this folder could not be fetched; null: they are here. May be called by one test file only for
 * each folder, because two that fetch at the same time would delete each other's packages.
 */
export async function fetchLocked({ folder, what }: { readonly folder: string; readonly what: string }): Promise<string | null> {
  const lock = join(folder, 'package-lock.json');
  // Contains the lock file of the last complete fetch. npm removes it with node_modules before it fetches, so it is missing
  // after an interrupted install.
  const stamp = join(folder, 'node_modules/fetched-by.json');
  if (read(stamp) === readFileSync(lock, 'utf8')) return null;
  // The npm that runs the tests, if the tests are run by npm.
  const cli = process.env['npm_execpath'] ?? '';
  const [file, first] = cli.endsWith('npm-cli.js') ? [process.execPath, [cli]] : ['npm', []];
  // The packages are complete without their install scripts.
  const options = ['ci', '--ignore-scripts', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  try {
    await promisify(execFile)(file, [...first, ...options], { cwd: folder, timeout: 300_000 });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n')[0] : '';
    return `${what} could not be fetched by npm: ${said === '' ? String(error) : said}`;
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
