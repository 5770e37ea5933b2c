// The program's start: connects the command line to the real process.
import type { StricliProcess } from '@stricli/core';
import { Fault } from '../core/fault.ts';
import { runCli, told } from './app.ts';
import { exitCodes, type CliContext } from './context.ts';
import { screenOf } from './screen.ts';

async function readStdin(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk);
  return text;
}

function onInterrupt(call: () => void): { stop(): void } {
  process.on('SIGINT', call);
  process.on('SIGTERM', call);
  return {
    stop: () => {
      process.off('SIGINT', call);
      process.off('SIGTERM', call);
    },
  };
}

/** Called by `bin/yardmaster.js`. */
export async function main(): Promise<void> {
  watchOutput();
  await start().catch((error: unknown) => {
    process.stderr.write(`${told(error)}\n`);
    process.exitCode = exitCodes.failed;
  });
}

async function start(): Promise<void> {
  const streams: StricliProcess = {
    stdout: process.stdout,
    stderr: process.stderr,
    env: { ...process.env, ...((process.env['NO_COLOR'] ?? '') === '' ? {} : { STRICLI_NO_COLOR: '1' }) },
  };
  const context: CliContext = {
    process: streams,
    env: process.env,
    cwd: workingFolder(),
    out: screenOf(process.stdout),
    err: screenOf(process.stderr),
    stdin: readStdin,
    onInterrupt,
    exit: null,
  };
  const code = await runCli(process.argv.slice(2), context);
  if (code !== exitCodes.done) process.exitCode = code;
}

/** Faults: `no-folder`. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new Fault({
      code: 'no-folder',
      message: 'the current folder was deleted',
      hint: 'change into another one: cd',
      cause,
    });
  }
}

/**
 * Output that cannot be printed turns a success into a failure but stops nothing: a supervisor whose log is on a full disk
 * goes on.
 */
function watchOutput(): void {
  let told = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that goes away (`| head`) is not a fault of the program.
    if (error.code === 'EPIPE') process.exit(exitCodes.done);
    process.exitCode = exitCodes.failed;
    if (!told) process.stderr.write(`the output cannot be written: ${error.message}\n`);
    told = true;
  });
  process.stderr.on('error', () => undefined);
}
