// Writes a call as a shell command in which every word reaches the program unchanged, whatever bytes it consists of.

import type { Marker } from '../lib/process-table.ts';

export interface Words {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** `args` and `cwd` are latin1 text, in which each character stands for a byte. Otherwise they are ordinary text. */
  readonly bytes: boolean;
  /** In bytes; null for no limit. A program that needs more ends with an error (if the system supports such a limit). */
  readonly mostMemory?: number | null;
  /** The program's input: the output of another program, or lines of ASCII text. Default: nothing. */
  readonly reads?: Fed | readonly string[];
  /**
   * A program that is run first. If it does not end with 0, the call ends with its exit code. It has the same kind of
   * text.
   */
  readonly first?: First;
}

/** A program whose output another one reads. It has the same kind of text. */
export type Fed = Omit<Words, 'bytes' | 'mostMemory' | 'first'> & { readonly env: Readonly<Record<string, string>> };

export type First = Omit<Fed, 'reads'>;

/** A missing folder is reported like a missing program: neither could be started. */
const missing = `echo 'not found' >&2; exit 127`;

type Call = Words & { readonly env: Readonly<Record<string, string>> };

/** A command that replaces the shell. Latin1 text if `bytes`. */
function commandLine(call: Call): string {
  const limit = typeof call.mostMemory === 'number' ? `ulimit -d ${Math.floor(call.mostMemory / 1024)} 2>/dev/null; ` : '';
  const first = call.first === undefined ? '' : `${begun({ ...call.first, bytes: call.bytes })} || exit $?; `;
  const command = `${limit}${first}${enter(call)} || { ${missing}; }; ${variables(call)}exec ${invocation(call)}`;
  return call.reads === undefined ? command : `${feeder(call.reads, call.bytes)} | (${command})`;
}

/**
 * A command that the shell runs, changing the shell's folder. It and everything that it starts carry the marker. A plain
 * command is started in the cheapest way that shells have (`vfork`), which costs a fifth less than a copy of the shell.
 */
export function commandIn(call: Call & { readonly marker: Marker }): string {
  const { reads, first, marker } = call;
  const marked = <T extends Pick<Call, 'env'>>(one: T): T => ({ ...one, env: { ...one.env, [marker.name]: marker.value } });
  if (reads !== undefined) return `{ ${commandLine({ ...marked(call), reads: isLines(reads) ? reads : marked(reads) })}; }`;
  if (first !== undefined) return `(${commandLine({ ...marked(call), first: marked(first) })})`;
  return typeof call.mostMemory === 'number' ? `(${commandLine(marked(call))})` : begun(marked(call));
}

/** A program that the shell waits for. */
function begun(call: Call): string {
  return `if ${enter(call)}; then ${variables(call)}${invocation(call)}; else (${missing}); fi`;
}

function enter({ cwd }: Call): string {
  return `cd ${quoted(cwd)} 2>/dev/null`;
}

/** The values of variables are always ordinary text. */
function variables({ env, bytes }: Call): string {
  const text = (value: string): string => (bytes ? Buffer.from(value, 'utf8').toString('latin1') : value);
  return Object.entries(env)
    .map(([name, value]) => `${name}=${quoted(text(value))} `)
    .join('');
}

function invocation({ program, args }: Call): string {
  return `${program} ${args.map(quoted).join(' ')}`;
}

function feeder(reads: Fed | readonly string[], bytes: boolean): string {
  if (isLines(reads)) return `printf '%s\\n' ${reads.map(quoted).join(' ')}`;
  const command = commandLine({ ...reads, bytes });
  return reads.reads === undefined ? `(${command})` : command;
}

function isLines(reads: Fed | readonly string[]): reads is readonly string[] {
  return Array.isArray(reads);
}

/** The error that such a command line ended with, if it could not be started. */
export function notFound(ended: { readonly code: number | null; readonly stderr: string }): NodeJS.ErrnoException | null {
  return ended.code === 127 && ended.stderr.endsWith('not found') ? Object.assign(new Error(ended.stderr), { code: 'ENOENT' }) : null;
}

/** The program and words for Node to start. Node passes words only as UTF-8, so other bytes are spelled out for a shell. */
export function startable(call: Words): { readonly file: string; readonly args: readonly string[]; readonly cwd: string } {
  if (!call.bytes) return { file: call.program, args: call.args, cwd: call.cwd };
  const [cwd, args] = [textOf(call.cwd), call.args.map(textOf)];
  if (cwd !== null && args.every((word) => word !== null)) return { file: call.program, args, cwd };
  return { file: '/bin/sh', args: ['-c', spelledOut(commandLine({ ...call, env: {} }))], cwd: '/' };
}

/** Latin1 text decoded as UTF-8; null if it is not valid UTF-8. */
export function textOf(latin1: string): string | null {
  const bytes = Buffer.from(latin1, 'latin1');
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : null;
}

function quoted(word: string): string {
  // A shell would silently drop it.
  if (word.includes('\0')) throw new TypeError('a zero byte cannot be part of a word for a program');
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Bytes beyond ASCII occur only in quoted words, and none of them is the line end that `$(…)` would drop. */
function spelledOut(line: string): string {
  return line.replaceAll(/[\u0080-\u00ff]+/g, (bytes) => {
    const octal = Array.from(Buffer.from(bytes, 'latin1'), (byte) => `\\${byte.toString(8)}`);
    return `'"$(printf '${octal.join('')}')"'`;
  });
}
