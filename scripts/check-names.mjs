// Every file, ADR and identifier that a comment or a document names must exist, because a name that a rename left behind
// misleads its reader. ADR 1 says which texts count as names. All others are left alone, so a foreign file such as
// `CLAUDE.md` or `/etc/hosts` raises no alarm.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** Words in backticks that belong to foreign programs and occur nowhere in our code. */
const foreign = new Set(['compaction', 'sudo', 'touch', 'vfork', 'ym']);

const paths = globSync(['{src,test,bench,scripts,bin,starter}/**/*.{ts,mjs,js}', '*.ts', '.*.mjs'], {
  exclude: ['**/node_modules/**', 'test/older-agents/**'],
});
const sources = paths.toSorted().map((path) => ({ path, ...parse(path, readFileSync(path, 'utf8')) }));
const documents = globSync(['*.md', 'docs/**/*.md']).map((path) => ({ path, text: withoutFences(readFileSync(path, 'utf8')) }));

/** A path begins at one of these folders, below src/ or below the repository's root. */
const rooms = new Set([...globSync('src/*/'), ...globSync('*/')].map((folder) => folder.replace(/^src\/(?=.)/, '').replace(/\/$/, '')));
const adrs = new Set(globSync('docs/adr/*.md').map((path) => Number(/(\d+)-/.exec(path)?.[1])));
const identifiers = new Set(sources.flatMap(({ words }) => words));

const segment = String.raw`(?:[\w*.-]|\{[\w.,*-]+\})+`;
const pathPattern = new RegExp(String.raw`(?<![\w/.~$@:<>*}-])(?:\.{1,2}/)*${segment}(?:/${segment})*(?<=[\w*}])`, 'g');

const problems = [
  ...sources.flatMap(({ path, comments }) =>
    comments.flatMap(({ text, line }) => missing({ path, text, line, identifier: /`([a-z][A-Za-z0-9]+)(?:\(\))?`/g })),
  ),
  // Documents put foreign commands in backticks as well: there, only a hump or `()` makes a word an identifier.
  ...documents.flatMap(({ path, text }) => missing({ path, text, line: 1, identifier: /`([a-z][A-Za-z0-9]+)\(\)`/g })),
];
for (const problem of problems) console.log(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

function missing({ path, text, line, identifier }) {
  const camelCase = /(?<![\w./$-])([a-z][a-z0-9]+[A-Z]\w*|`[A-Z][a-z0-9]+[A-Z]\w*(?=`))/g;
  const links = path.endsWith('.md') ? [...text.matchAll(/(?<=\]\()(?!\w+:)([^)\s#]+)/g)] : [];
  const found = [
    ...links.filter(([name]) => !existsSync(join(dirname(path), name))),
    ...[...text.matchAll(pathPattern)].filter(([name]) => isPath(name) && !exists(path, name)),
    ...[...text.matchAll(/\bADR (\d+)|\badr\/(\d+)/g)].filter(([, one, other]) => !adrs.has(Number(one ?? other))),
    ...[...text.matchAll(identifier), ...text.matchAll(camelCase)].filter(([, name]) => !isIdentifier(name.replace('`', ''))),
  ];
  const said = found.map(({ 0: name, index }) => {
    const below = text.slice(0, index).split('\n').length - 1;
    return `${path}:${line + below}: ${name.replaceAll('`', '')} does not exist`;
  });
  return [...new Set(said)];
}

/** Our sources' extensions make any name a path, except `*.test.ts` and the like, which name a kind of file. Folders and documents are paths only below one of our folders. */
function isPath(name) {
  if (/[\w*}]\.(ts|mjs)$/.test(name)) return !name.startsWith('*.');
  const [first, ...rest] = name.split('/');
  return rooms.has(first) && rest.length > 0 && (!rest.at(-1).includes('.') || name.endsWith('.md'));
}

/**
 * Paths are relative to the repository's root, to src/ or to the folder of the text; a name without a folder may be in any
 * folder.
 */
function exists(from, name) {
  if (/^docs\/adr\/\d+$/.test(name)) return true;
  if (!name.includes('/')) return globSync(`{.,{src,test,bench,scripts}/**}/${name}`, { exclude: ['**/node_modules/**'] }).length > 0;
  const candidates = ['.', 'src', dirname(from)].flatMap((base) => ['', '.ts', '.mjs'].map((end) => join(base, `${name}${end}`)));
  return candidates.some((path) => (/[*{]/.test(path) ? globSync(path).length > 0 : existsSync(path)));
}

function isIdentifier(name) {
  return identifiers.has(name) || foreign.has(name);
}

function withoutFences(text) {
  return text.replace(/^```[^]*?^```/gm, (fence) => fence.replace(/[^\n]/g, ' '));
}

/**
 * The comments of a source, each with its line, and the words of its code; from prose in strings only those that look like
 * code.
 */
function parse(path, text) {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const comments = new Map();
  const words = [];
  const visit = (node) => {
    const ranges = [ts.getLeadingCommentRanges(text, node.getFullStart()), ts.getTrailingCommentRanges(text, node.getEnd())];
    for (const range of ranges.flatMap((list) => list ?? [])) comments.set(range.pos, range);
    const own = node.getChildCount(file) === 0 ? node.getText(file) : '';
    words.push(...((own.match(/\s/) ? own.match(/[A-Za-z_$][\w$]*[a-z][A-Z]\w*/g) : own.match(/[A-Za-z_$][\w$]*/g)) ?? []));
    node.getChildren(file).forEach(visit);
  };
  visit(file);
  const texts = [...comments.values()].map(({ pos, end }) => ({
    text: text.slice(pos, end),
    line: file.getLineAndCharacterOfPosition(pos).line + 1,
  }));
  return { comments: texts, words };
}
