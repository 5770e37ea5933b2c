// `npm run build`: src/cli/main.ts and what it reaches as one bundle in dist/, dependencies included (importing them as
// files took ten times as long); into another folder when one is named, from another source when that is named too.
// Split, so that a command loads little more than what it imports itself.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';

const outdir = resolve(process.argv[2] ?? join(import.meta.dirname, '../dist'));
const source = process.argv[3] ?? 'src/cli/main.ts';
process.chdir(join(import.meta.dirname, '..'));
rmSync(outdir, { recursive: true, force: true });

/**
 * What nearly all commands need, and `ls` needs no more: with every part that is loaded by itself it is loaded as well, and
 * so it becomes one chunk. Without that `ls` had 45, for each set of parts one, at 0.4 ms of CPU each.
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
  // It remembers the folder in which it was loaded, which is that of the caller.
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
  // A dependency's ES module where it has one: a UMD wrapper hides its `require` calls from the bundler.
  mainFields: ['module', 'main'],
  target: 'node24',
  sourcemap: true,
  sourcesContent: false,
  minifySyntax: true,
  legalComments: 'linked',
  logLevel: 'warning',
  // Dependencies that are CommonJS call `require` for Node's own modules, which an ES module does not have.
  banner: { js: 'const require = process.getBuiltinModule;' },
}).catch(() => null); // esbuild has said what is wrong
if (done === null) process.exitCode = 1;
for (const file of done?.outputFiles ?? []) {
  mkdirSync(dirname(file.path), { recursive: true });
  writeFileSync(file.path, file.path.endsWith('.js') ? withoutFacades(file.text) : file.contents);
}

/**
 * Node's own modules as they are. To `import` one reads all its exports for a namespace first, and those of `fs` load
 * streams, promises and readline (8 ms, a fifth of what Node takes to start). Each import stands on a line of its own.
 */
function withoutFacades(code) {
  return code.replace(/^import (?:\* as )?(\{[^}]*\}|\w+) from "([^"]+)";$/gm, (statement, names, from) =>
    isBuiltin(from) ? `const ${names.replaceAll(' as ', ': ')} = process.getBuiltinModule("${from}");` : statement,
  );
}
