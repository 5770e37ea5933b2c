// Counts what vitest ran and writes it to YARD_COUNTS as JSON for scripts/test.mjs, which prints the last line. A file that
// could not be loaded, and an error outside of any test, count as failed: a failure must never look as if nothing had run. Each
// failure is listed by name, so that it can be printed at the end: what vitest printed of it stands thousands of lines above.
import { writeFileSync } from 'node:fs';

export default class CountReporter {
  onTestRunEnd(modules, errors) {
    const counts = {
      passed: 0,
      failed: errors.length,
      skipped: 0,
      reasons: {},
      failures: errors.map((error) => `no test: ${first([error])}`),
    };
    for (const module of modules) {
      for (const test of module.children.allTests()) count({ test, module, counts });
      // A hook or an import that failed belongs to no test.
      const blamed = [...module.children.allTests()].some((test) => test.result().state === 'failed');
      if (module.state() !== 'failed' || blamed) continue;
      counts.failed += 1;
      counts.failures.push(
        `${module.relativeModuleId}: ${first([...module.errors(), ...[...module.children.allSuites()].flatMap((suite) => suite.errors())])}`,
      );
    }
    writeFileSync(process.env.YARD_COUNTS, JSON.stringify(counts));
  }
}

function count({ test, module, counts }) {
  const result = test.result();
  // A test without a result was never reached (its file or suite broke), so it did not pass.
  const state = result.state === 'passed' || result.state === 'failed' ? result.state : 'skipped';
  counts[state] += 1;
  if (state === 'failed') counts.failures.push(`${module.relativeModuleId}: ${test.fullName}: ${first(result.errors)}`);
  if (state !== 'skipped') return;
  const why = `${module.relativeModuleId}: ${result.note ?? 'no reason given'}`;
  counts.reasons[why] = (counts.reasons[why] ?? 0) + 1;
}

// The first line of an error: enough to tell one failure from another.
const first = (errors) => String(errors?.[0]?.message ?? 'no error was given').split('\n')[0];
