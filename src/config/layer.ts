// One layer of the configuration, and the fault for a file that cannot be one.
import { Fault } from '../core/fault.ts';
import type { Tree } from '../core/security/trust.ts';
import { oneLine } from '../lib/json-line.ts';

export interface Layer {
  readonly values: Tree;
  readonly origin: (path: readonly string[]) => string;
}

export function wrongConfig(given: { readonly file: string; readonly line: number; readonly what: string; readonly hint?: string }): Fault {
  return new Fault({
    code: 'config',
    message: `${given.file}:${given.line}: ${oneLine(given.what)}`,
    hint: given.hint ?? 'correct the file',
    data: { file: given.file, line: given.line },
  });
}
