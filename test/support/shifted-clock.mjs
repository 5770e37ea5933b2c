// Preloaded into our program by NODE_OPTIONS: its wall clock is off by as many milliseconds as the file says, from now on.
import { readFileSync } from 'node:fs';

const real = Date.now;
Date.now = () => real() + Number(readFileSync(process.env.YARD_CLOCK_FILE ?? '', 'utf8'));
