// Runs ten times as many inputs as `npm test`.
import { shortRun } from './short-run.ts';

shortRun(1500);
