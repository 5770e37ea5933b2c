// Turns errors of the operating system into faults. None of them is a mistake of the program, so nobody is asked to report
// them.
import { Fault } from './fault.ts';

/** The fault to show; null if the error is a mistake of ours, for which the stack trace matters. */
export function faultOf(error: unknown): Fault | null {
  if (!(error instanceof Error)) return null;
  // The code alone does not suffice: a failed spawn puts it behind the message, faults of those who start programs quote
  // it, and Node sets no code when it loads a file.
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
    hint: 'check the permissions and attributes of that path (ls -ld, lsattr -d) and its free space (df)',
    cause: error,
  });
}
