// The stories run the program as it is shipped: the bundle, built once for all of them. It also starts in half the time of
// the source, and the stories start it hundreds of times.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The file that starts the bundle. */
    program: string;
  }
}

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Builds the bundle from the source of this checkout, or of a copy of it, into a new folder, which the caller has to
 * remove.
 */
export function buildProgram(root: string = checkout): { readonly program: string; readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'yard-bundle-'));
  execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs'), join(folder, 'dist')], {
    stdio: 'inherit',
  });
  cpSync(join(root, 'starter'), join(folder, 'starter'), { recursive: true });
  const program = join(folder, 'yardmaster.mjs');
  // As it is installed: its package says that these are modules, so nobody has to try, and bin/yardmaster.js has compiled code kept.
  // Without the two, a start takes a third more of a processor.
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}\n');
  const cache = JSON.stringify(compiledIn(folder));
  writeFileSync(
    program,
    `import { enableCompileCache } from 'node:module';\nenableCompileCache(${cache});\nawait (await import('./dist/main.js')).main();\n`,
  );
  return { program, folder };
}

/** The folder of compiled code in the folder of a bundle. */
export const compiledIn = (folder: string): string => join(folder, 'compiled');

export function setup(project: TestProject): () => void {
  const { program, folder } = buildProgram();
  project.provide('program', program);
  return () => rmSync(folder, { recursive: true, force: true });
}
