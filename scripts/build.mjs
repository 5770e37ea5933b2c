// `npm run build`: bundles src/cli/main.ts and everything that it imports into dist/, dependencies included (importing them
// as files took ten times as long). Arguments name another folder and another source. The bundle is split, so that a
// command loads little more than its own imports.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const outdir = resolve(process.argv[2] ?? join(import.meta.dirname, '../dist'));
const source = process.argv[3] ?? 'src/cli/main.ts';
process.chdir(join(import.meta.dirname, '..'));
rmSync(outdir, { recursive: true, force: true });

/**
 * The modules that nearly all commands need, and that suffice for `ls`. Every separately loaded part also loads this file,
 * so its modules become one chunk. Without that, `ls` loaded 45 chunks, one for each combination of parts, at 0.4 ms of CPU
 * each.
 */
const most = 'src/cli/commands/ls.ts';

const fewChunks = {
  name: 'few-chunks',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.|\.ts$/ }, ({ kind, path, resolveDir }) =>
      kind === 'dynamic-import' || kind === 'entry-point' ? { path: relative('', join(resolveDir, path)), namespace: 'part' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'part' }, ({ path }) => ({
      contents: `import './${most}';\nexport * from './${path}';`,
      resolveDir: process.cwd(),
    }));
  },
};

const done = await build({
  // esbuild remembers the folder in which it was loaded, which is the caller's.
  absWorkingDir: process.cwd(),
  entryPoints: { main: source },
  outdir,
  write: false,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  plugins: [fewChunks],
  splitting: true,
  format: 'esm',
  platform: 'node',
  // Prefers the ES module of a dependency, because a UMD wrapper hides its `require` calls from the bundler.
  mainFields: ['module', 'main'],
  target: 'node24',
  sourcemap: true,
  sourcesContent: false,
  minifySyntax: true,
  legalComments: 'linked',
  logLevel: 'warning',
  // Dependencies that are CommonJS call `require` for Node's own modules, which an ES module does not have.
  banner: { js: 'const require = process.getBuiltinModule;' },
}).catch(() => null); // esbuild has already printed the errors.
if (done === null) process.exitCode = 1;
for (const file of done?.outputFiles ?? []) {
  mkdirSync(dirname(file.path), { recursive: true });
  writeFileSync(file.path, file.path.endsWith('.js') ? withoutFacades(file.text) : file.contents);
}
// The demo's forge answers by GitHub's schema, which an installed program has not in any package.
if (done !== null && process.argv[3] === undefined) {
  const schema = new URL('schema.graphql', import.meta.resolve('@octokit/graphql-schema'));
  copyFileSync(fileURLToPath(schema), join(outdir, 'chunks/schema.graphql'));
}

/**
 * Loads Node's own modules without `import`, which first reads all exports of a module for a namespace; those of `fs` load
 * streams, promises and readline (8 ms, a fifth of Node's start). Each import is on a line of its own.
 */
function withoutFacades(code) {
  return code.replace(/^import (?:\* as )?(\{[^}]*\}|\w+) from "([^"]+)";$/gm, (statement, names, from) =>
    isBuiltin(from) ? `const ${names.replaceAll(' as ', ': ')} = process.getBuiltinModule("${from}");` : statement,
  );
}
