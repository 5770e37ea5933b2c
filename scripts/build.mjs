// `npm run build`: src/cli/main.ts and what it reaches as one bundle in dist/, dependencies included (importing them as
// files took ten times as long). Split, so that a command loads only what it imports itself.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

process.chdir(join(import.meta.dirname, '..'));
rmSync('dist', { recursive: true, force: true });
const done = await build({
  entryPoints: { main: 'src/cli/main.ts' },
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
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
