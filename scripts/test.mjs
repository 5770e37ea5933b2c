// `npm test`: runs every lane but `full`, or the lanes that the arguments (vitest's) select; `npm run test:full` selects
// that one. Always ends with the plain line `N passed, N failed, N skipped`, and the exit code agrees with it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInPlace } from '../bin/hand-over.js';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'yard-test-'));
const counts = join(folder, 'counts.json');
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const reporters = ['--reporter=default', `--reporter=${join(import.meta.dirname, 'count-reporter.mjs')}`];
const chosen = process.argv.slice(2);
const lanes = chosen.some((arg) => arg.startsWith('--project')) ? [] : ['--project', '!full'];
const args = [vitest, 'run', ...reporters, ...lanes, ...chosen];
const { code, signal } = await runInPlace(process.execPath, args, { ...process.env, YARD_COUNTS: counts });
const { passed, failed, skipped, reasons, failures: named } = read() ?? { passed: 0, failed: 1, skipped: 0, reasons: {}, failures: [] };
rmSync(folder, { recursive: true, force: true });

for (const [why, times] of Object.entries(reasons)) console.log(`skipped ${times}: ${why}`);
for (const failure of named) console.log(`failed: ${failure}`);
let failures = failed;
if (failures === 0 && (code !== 0 || passed === 0)) {
  console.log(code === 0 ? 'no test ran' : `no test failed, but vitest ended with ${signal ?? code}: see above`);
  failures = 1;
}
console.log(`${passed} passed, ${failures} failed, ${skipped} skipped`);
process.exitCode = failures === 0 ? 0 : 1;

function read() {
  try {
    return JSON.parse(readFileSync(counts, 'utf8'));
  } catch {
    return null; // vitest ended before it could report; its own output is above.
  }
}
