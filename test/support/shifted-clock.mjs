// Preloaded into our program by NODE_OPTIONS: from now on its wall clock is shifted by the number of milliseconds in the
// file. Workers get these options but not the name of the file, so their clock is right.
import { readFileSync } from 'node:fs';

const real = Date.now;
const file = process.env.YARD_CLOCK_FILE;
if (file !== undefined) Date.now = () => real() + Number(readFileSync(file, 'utf8'));
