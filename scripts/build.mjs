// `npm run build`: src/cli/main.ts and what it reaches as one bundle in dist/, dependencies included (importing them as
// files took ten times as long); into another folder when one is named, from another source when that is named too. Split,
// so that a command loads only what it imports itself.
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const outdir = resolve(process.argv[2] ?? join(import.meta.dirname, '../dist'));
const source = process.argv[3] ?? 'src/cli/main.ts';
process.chdir(join(import.meta.dirname, '..'));
rmSync(outdir, { recursive: true, force: true });
const done = await build({
  entryPoints: { main: source },
  outdir,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
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
  banner: { js: "import { createRequire as yardRequire } from 'node:module'; const require = yardRequire(import.meta.url);" },
}).catch(() => null); // esbuild has said what is wrong
if (done === null) process.exitCode = 1;
