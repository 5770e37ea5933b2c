// A process that runs one command after another, each with streams of its own, in the way that `main` would run it.
import { enableCompileCache, flushCompileCache } from 'node:module';
import { Writable } from 'node:stream';
import type { CliContext } from '../../src/cli/context.ts';

const [, , program, compiled] = process.argv;
// The path by which a command starts the program again.
process.argv.splice(1, 3, program ?? '');
// What the types are taken out of is kept for the next one, although this one will be killed.
enableCompileCache(compiled);
const [{ runCli }, { screenOf }] = await Promise.all([import('../../src/cli/app.ts'), import('../../src/cli/screen.ts')]);
flushCompileCache();
const env = { ...process.env, STRICLI_NO_COLOR: '1' };
const nobody = { stop: () => undefined };

process.on('message', (args: readonly string[]) => void answer(args));
process.once('disconnect', () => process.exit());

async function answer(args: readonly string[]): Promise<void> {
  const [stdout, stderr] = [pipe(), pipe()];
  const context: CliContext = {
    process: { stdout: stdout.stream, stderr: stderr.stream, env },
    env: process.env,
    cwd: process.cwd(),
    out: screenOf(stdout.stream),
    err: screenOf(stderr.stream),
    stdin: async () => '',
    onInterrupt: () => nobody,
    exit: null,
  };
  const code = await runCli(args, context);
  process.send?.({ code, signal: null, stdout: stdout.text(), stderr: stderr.text() });
}

/** A stream that keeps everything written to it. */
function pipe(): { readonly stream: NodeJS.WriteStream; readonly text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({ write: (chunk: Buffer, _encoding, done) => (chunks.push(chunk), done()) });
  return { stream: Object.assign(stream, { isTTY: false }) as unknown as NodeJS.WriteStream, text: () => Buffer.concat(chunks).toString() };
}
