// What the operating system refuses, in words. Nothing of it is a mistake of the program, so nobody is asked to report it.
import { Fault } from './fault.ts';

/** The fault that a person is told of; null: the error is a mistake of ours, whose place matters. */
export function faultOf(error: unknown): Fault | null {
  if (!(error instanceof Error)) return null;
  // A spawn tells it behind its words, the faults of those who start programs quote it, and Node names no code where it loads a file.
  if (/\bE[MN]FILE\b|too many open files/.test(error.message))
    return new Fault({
      code: 'too-many-files',
      message: `no more files can be opened: ${error.message}`,
      hint: 'the limit of open files is too low (ulimit -n shows it): raise it with `ulimit -n 4096`, and try again',
      cause: error,
    });
  if (error instanceof Fault) return error;
  if (!('syscall' in error && 'code' in error && /^E[A-Z\d]+$/.test(String(error.code)))) return null;
  return new Fault({
    code: 'system',
    message: error.message,
    hint: 'look at the permissions and attributes of that path (ls -ld, lsattr -d), and at the space that is left there',
    cause: error,
  });
}
