// A short run of every target with a fixed seed. A longer one is in fuzz.full.test.ts, the long one is `npm run fuzz`
// (docs/reliability.md).
import { shortRun } from './short-run.ts';

shortRun(150);
