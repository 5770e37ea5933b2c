// A short run of every target with a fixed seed. A longer one is in fuzz.full.test.ts, and the longest is `npm run fuzz`
// (docs/reliability.md).
import { shortRun } from './short-run.ts';

shortRun(150);
