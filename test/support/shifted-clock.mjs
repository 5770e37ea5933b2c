// Preloaded into our program by NODE_OPTIONS: its wall clock is off by as many milliseconds as the file says, from now on.
// Workers get these options as well and not the name of the file: theirs is right.
import { readFileSync } from 'node:fs';

const real = Date.now;
const file = process.env.YARD_CLOCK_FILE;
if (file !== undefined) Date.now = () => real() + Number(readFileSync(file, 'utf8'));
