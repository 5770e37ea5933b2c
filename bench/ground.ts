// Everything that one run of the bench owns: a folder, the programs built for it and the processes it started. All of it is
// removed at the end, also on Ctrl-C. Workers outlive their supervisor and are found by a variable in their environment.
import { execFileSync, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const checkout = join(import.meta.dirname, '..');

export interface Ground {
  readonly root: string;
  /** Variables that every worker of the bench carries. */
  readonly mark: Readonly<Record<string, string>>;
  /** Folder for CPU profiles; null if none are recorded. */
  readonly profiles: string | null;
  /** The process is ended together with the run, and its group as well if it leads one. */
  own<T extends ChildProcess>(child: T): T;
  /** `bin/yardmaster.js` of a package as it is installed, without source beside it. Built once. */
  program(): string;
  /** A program of the bench as the same kind of bundle. Built once. */
  bundle(source: string): string;
  clear(): void;
}

export function openGround(given: { readonly profiles: string | null }): Ground {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'yard-bench-')));
  const mark = { YARD_BENCH: randomUUID() };
  const children = new Set<ChildProcess>();
  const built = new Map<string, string>();
  const build = (source: string, into: string): string => {
    const known = built.get(source);
    if (known !== undefined) return known;
    execFileSync(process.execPath, [join(checkout, 'scripts', 'build.mjs'), into, source], { stdio: ['ignore', 2, 2] });
    built.set(source, into);
    return into;
  };
  return {
    root,
    mark,
    profiles: given.profiles,
    own(child) {
      children.add(child);
      child.once('exit', () => children.delete(child));
      return child;
    },
    program() {
      const package_ = join(root, 'package');
      if (!built.has('src/cli/main.ts')) {
        mkdirSync(package_);
        for (const part of ['bin', 'package.json']) cpSync(join(checkout, part), join(package_, part), { recursive: true });
        build('src/cli/main.ts', join(package_, 'dist'));
      }
      return join(package_, 'bin', 'yardmaster.js');
    },
    bundle: (source) => join(build(source, join(root, source.replaceAll('/', '-'))), 'main.js'),
    clear() {
      for (const child of children) end(child);
      endWorkers(mark.YARD_BENCH);
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function end(child: ChildProcess): void {
  if (child.pid === undefined) return;
  // Ends the whole group of a leader; any other process has no group of that number.
  for (const target of [-child.pid, child.pid]) kill(target);
}

/** Repeated until none is left, because a process may have been forking. */
function endWorkers(mark: string): void {
  for (let tries = 0; tries < 20; tries += 1) {
    const left = carriers(`YARD_BENCH=${mark}`);
    if (left.length === 0) return;
    left.forEach(kill);
  }
}

function carriers(entry: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      return readFileSync(`/proc/${name}/environ`, 'latin1').split('\0').includes(entry) ? [pid] : [];
    } catch {
      return [];
    }
  });
}

function kill(target: number): void {
  try {
    process.kill(target, 'SIGKILL');
  } catch {
    // The process has already ended.
  }
}
