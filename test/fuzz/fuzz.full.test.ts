// Ten times as many inputs as `npm test` has.
import { shortRun } from './short-run.ts';

shortRun(1500);
