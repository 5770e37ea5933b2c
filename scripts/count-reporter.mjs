// Counts what vitest ran and writes it to YARD_COUNTS as JSON for scripts/test.mjs, which prints the last line. A file that
// could not be loaded, and an error outside of any test, count as failed: a failure must never look as if nothing had run.
import { writeFileSync } from 'node:fs';

export default class CountReporter {
  onTestRunEnd(modules, errors) {
    const counts = { passed: 0, failed: errors.length, skipped: 0, reasons: {} };
    for (const module of modules) {
      for (const test of module.children.allTests()) count({ test, module, counts });
      // A hook or an import that failed belongs to no test.
      const blamed = [...module.children.allTests()].some((test) => test.result().state === 'failed');
      if (module.state() === 'failed' && !blamed) counts.failed += 1;
    }
    writeFileSync(process.env.YARD_COUNTS, JSON.stringify(counts));
  }
}

function count({ test, module, counts }) {
  const result = test.result();
  // A test without a result was never reached (its file or suite broke), so it did not pass.
  const state = result.state === 'passed' || result.state === 'failed' ? result.state : 'skipped';
  counts[state] += 1;
  if (state !== 'skipped') return;
  const why = `${module.relativeModuleId}: ${result.note ?? 'no reason given'}`;
  counts.reasons[why] = (counts.reasons[why] ?? 0) + 1;
}
