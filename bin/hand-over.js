// Runs a program in our place: its terminal, its exit code, its signals. Plain JavaScript that an old Node can parse too.
import { spawn } from 'child_process';
import { openSync, closeSync } from 'fs';

/**
 * Answers how the program ended: `{ code, signal }`, one of them null. Never rejects; a program that cannot be started
 * ends with code 127 and says so on stderr.
 */
export function runInPlace(file, args, env) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: 'inherit', env });
    const stopForwarding = forwardSignals(child);
    child.on('error', (error) => {
      stopForwarding();
      console.error(`yardmaster: ${file} could not be started: ${error.message}`);
      resolve({ code: 127, signal: null });
    });
    child.on('exit', (code, signal) => {
      stopForwarding();
      resolve({ code, signal });
    });
  });
}

/** Ends this process as the program ended, so that a shell sees no difference. */
export function endLike({ code, signal }) {
  if (signal === null) process.exit(code);
  else process.kill(process.pid, signal);
}

function forwardSignals(child) {
  const handlers = new Map();
  const forward = (signal) => {
    const handler = () => child.kill(signal);
    handlers.set(signal, handler);
    process.on(signal, handler);
  };
  const ignore = (signal) => {
    const handler = () => {};
    handlers.set(signal, handler);
    process.on(signal, handler);
  };
  forward('SIGTERM');
  // A terminal sends these to the whole foreground group, so the child has its own: a forwarded copy would be the second
  // Ctrl-C, which means "stop at once". Without a terminal nobody but us has received it.
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGQUIT']) (hasTerminal() ? ignore : forward)(signal);
  return () => handlers.forEach((handler, signal) => process.removeListener(signal, handler));
}

function hasTerminal() {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
