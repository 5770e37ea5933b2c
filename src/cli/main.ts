// The program's start: the real process around the command line.
import { run, type StricliProcess } from '@stricli/core';
import { application } from './app.ts';
import { exitCodes, type CliContext } from './context.ts';
import { screenOf } from './screen.ts';

/** Runs one command line to its end; answers the exit code. */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  await run(application(versionOf), args, context);
  if (context.exit !== null) return context.exit;
  const code = Number(context.process.exitCode ?? 0);
  // The parser's own codes are negative: -4 and -5 for wrong words, the others for faults of the program.
  if (code === -4 || code === -5 || code === exitCodes.usage) return exitCodes.usage;
  return code === 0 ? exitCodes.done : exitCodes.failed;
}

async function versionOf(): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  // Two folders up from src/cli as from dist: the package's own file, wherever it is installed.
  for (const up of ['../package.json', '../../package.json']) {
    try {
      const parsed: unknown = JSON.parse(await readFile(new URL(up, import.meta.url), 'utf8'));
      if (typeof parsed === 'object' && parsed !== null && 'version' in parsed && typeof parsed.version === 'string') return parsed.version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}

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
  const streams: StricliProcess = {
    stdout: process.stdout,
    stderr: process.stderr,
    env: { ...process.env, ...((process.env['NO_COLOR'] ?? '') === '' ? {} : { STRICLI_NO_COLOR: '1' }) },
  };
  const context: CliContext = {
    process: streams,
    env: process.env,
    cwd: process.cwd(),
    out: screenOf(process.stdout),
    err: screenOf(process.stderr),
    stdin: readStdin,
    onInterrupt,
    exit: null,
  };
  const code = await runCli(process.argv.slice(2), context);
  if (code !== exitCodes.done) process.exitCode = code;
}

/** What cannot be printed makes a failure of a success, and no more: a supervisor whose log is on a full disk goes on. */
function watchOutput(): void {
  let told = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that goes away (`| head`) is no fault of the program.
    if (error.code === 'EPIPE') process.exit(exitCodes.done);
    process.exitCode = exitCodes.failed;
    if (!told) process.stderr.write(`the output cannot be written: ${error.message}\n`);
    told = true;
  });
  process.stderr.on('error', () => undefined);
}
