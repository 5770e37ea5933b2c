// A separate process that starts a program at its gate and is killed then. It prints the pids of the program and of its
// shell. On the word `open`, it first lets the program continue.
import { readFileSync, writeSync } from 'node:fs';
import { startAtGate } from './starter.ts';

const [cwd = '', word = ''] = process.argv.slice(2);
const script = 'trap : PIPE; echo "at $$"; read -r go || exit 0; echo off; echo went >said';
const gate = await startAtGate({ file: '/bin/sh', args: ['-c', script], cwd, env: {}, table: null });
const parent = readFileSync(`/proc/${gate.pid}/stat`, 'latin1')
  .replace(/^.*\) /, '')
  .split(' ')[1];
writeSync(1, `${gate.pid} ${parent}\n`);
if (word === 'open') await gate.open();
process.kill(process.pid, 'SIGKILL');
