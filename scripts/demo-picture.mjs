// Draws the demo's output as docs/demo.svg: `node bin/yardmaster.js demo 2>/dev/null | node scripts/demo-picture.mjs`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const colours = { done: '#7ee787', delivered: '#7ee787', running: '#79c0ff', queued: '#8b949e', blocked: '#d29922', failed: '#ff7b72' };
const size = 13;
const lineHeight = 18;
const characterWidth = 7.83;
const margin = 16;

const text = readFileSync(0, 'utf8').split('\nTo explore further')[0].trimEnd();
const lines = ['$ npm run demo', '', ...text.split('\n')];
const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * characterWidth + 2 * margin);
const height = lines.length * lineHeight + 2 * margin;

const rows = lines.map((line, i) => `<text x="${margin}" y="${margin + (i + 1) * lineHeight - 5}">${colour(escape(line))}</text>`);
writeFileSync(
  join(import.meta.dirname, '../docs/demo.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g fill="#e6edf3" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="${size}" xml:space="preserve">
${rows.join('\n')}
</g>
</svg>
`,
);

function escape(line) {
  return line.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** Colours the first state name in a line as the terminal does. */
function colour(line) {
  return line.replace(/\b(done|delivered|running|queued|blocked|failed)\b/, (word) => `<tspan fill="${colours[word]}">${word}</tspan>`);
}
