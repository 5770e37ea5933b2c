// A worker's steps as a shell program: real processes that behave as the script says.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerStep } from './worker-script.ts';

/** `folder` contains the pipes at which it waits. */
export function shellProgram(given: { readonly steps: readonly WorkerStep[]; readonly folder: string }): string {
  return given.steps.map((step) => line(step, given)).join('\n');
}

/** The pipe into which a step's release is written. */
export function gateFile(given: { readonly folder: string; readonly name: string }): string {
  const file = join(given.folder, `gate-${given.name}`);
  if (!existsSync(file)) execFileSync('mkfifo', [file]);
  return file;
}

function line(step: WorkerStep, given: { readonly steps: readonly WorkerStep[]; readonly folder: string }): string {
  if ('say' in step) return `printf %s ${quoted(step.say)}${step.to === 'stderr' ? ' >&2' : ''}`;
  if ('repeat' in step) return 'cat';
  if ('waitFor' in step) return `read -r go <${quoted(gateFile({ folder: given.folder, name: step.waitFor }))}`;
  if ('leave' in step) return step.leave === 'deaf' ? '(trap "" TERM; exec setsid sleep 1000) &' : 'setsid sleep 1000 &';
  if ('onTerm' in step) {
    if (step.onTerm === 'ignore') return 'trap "" TERM';
    return `trap ${quoted(`printf %s ${quoted(step.onTerm.say)}; exit ${step.onTerm.exit}`)} TERM`;
  }
  if ('exit' in step) return `exit ${step.exit}`;
  if ('die' in step) return `kill -${step.die.slice('SIG'.length)} $$`;
  // The shell handles a trap only between two commands.
  const answers = given.steps.some((one) => 'onTerm' in one && one.onTerm !== 'ignore');
  return answers ? 'while :; do sleep 0.02; done' : 'exec sleep 1000';
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
