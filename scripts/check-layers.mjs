// Checks the arrows of .dependency-cruiser.mjs over src/ and test/, and proves that every file was read: dependency-cruiser
// silently passes files that it cannot parse (all of them, under a TypeScript that it does not know).
import { globSync } from 'node:fs';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import rules from '../.dependency-cruiser.mjs';

// The older agents that `npm run test:full` fetches into test/ are not ours.
const files = globSync(['src/**/*.ts', 'test/**/*.ts'], { exclude: ['**/node_modules/**'] }).map((file) => file.replaceAll('\\', '/'));
const roots = ['src', 'test'].filter((root) => files.some((file) => file.startsWith(`${root}/`)));
const { forbidden, options } = rules;
const { enhancedResolveOptions, ...cruiseOptions } = options;
const { output } = await cruise(roots, { ...cruiseOptions, validate: true, ruleSet: { forbidden } }, enhancedResolveOptions, {
  tsConfig: extractTSConfig('tsconfig.json'),
});

const seen = new Set(output.modules.filter((module) => !module.couldNotResolve).map((module) => module.source));
const unseen = files.filter((file) => !seen.has(file));
const problems = output.summary.violations.map(({ rule, from, to, cycle }) => {
  const path = cycle ? [from, ...cycle.map((step) => step.name)].join(' → ') : `${from} → ${to}`;
  const comment = forbidden.find((known) => known.name === rule.name)?.comment;
  return `${rule.name}: ${path}${comment ? ` (${comment})` : ''}`;
});
if (files.length === 0) problems.push('there is no source file here');
if (unseen.length > 0)
  problems.push(`dependency-cruiser did not look at ${unseen.length} of ${files.length} source files: ${unseen.slice(0, 5).join(', ')}`);
if (files.length > 1 && output.summary.totalDependenciesCruised === 0) problems.push('dependency-cruiser saw no import at all');

for (const problem of problems) console.log(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
