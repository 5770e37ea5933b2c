// Reads one configuration file as plain values that JSON can hold, with the line of each, in time linear in its size.
// Content that the parser accepts but that would fail later (an alias within its own anchor, `__proto__`, .nan) is refused
// here, with its line.
import { LineCounter, isAlias, isMap, isNode, isScalar, isSeq, parseDocument, visit, type Document, type Pair, type YAMLMap } from 'yaml';
import { wrongConfig } from './layer.ts';

/** Levels of nesting, where each key counts as one. The parser's own limit is the stack, which ends at some thousands. */
const deepest = 200;

/** Aliases of one anchor, and of anchors within it. More of them would turn a small file into a large configuration. */
const mostAliases = 20;

export interface YamlFile {
  readonly values: unknown;
  /**
   * Counted from 1: the line of the deepest part of the path that the file has; for the entry of a map, the line of its
   * key.
   */
  readonly lineOf: (path: readonly PropertyKey[]) => number;
}

export function readYaml(given: { readonly file: string; readonly text: string }): YamlFile {
  const { file, text } = given;
  const lines = new LineCounter();
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const document = parse({ file, text, lines });
  const [broken] = document.errors;
  if (broken !== undefined) throw wrongConfig({ file, line: lineAt(broken.pos[0]), what: reasonOf(broken) });
  const refusal = refusedPart(document);
  if (refusal !== null) throw wrongConfig({ file, line: lineAt(refusal.at), what: refusal.what });
  const entryOf = entryIndex();
  const lineOf: YamlFile['lineOf'] = (path) => {
    let node: unknown = document.contents;
    let at = 0;
    for (const key of path) {
      const pair = isMap(node) ? entryOf(node, String(key)) : undefined;
      const below: unknown = pair === undefined ? (isSeq(node) ? node.items[Number(key)] : undefined) : pair.value;
      const mark: unknown = pair === undefined ? below : pair.key;
      if (!isNode(mark) || mark.range == null) break;
      at = mark.range[0];
      node = below;
    }
    return lineAt(at);
  };
  try {
    return { values: document.toJS({ maxAliasCount: mostAliases }) ?? {}, lineOf };
  } catch (cause) {
    // The parser refuses aliases that expand without bound at this point.
    throw wrongConfig({ file, line: 1, what: reasonOf(cause) });
  }
}

function parse(given: { file: string; text: string; lines: LineCounter }): Document {
  try {
    return parseDocument(given.text, {
      lineCounter: given.lines,
      prettyErrors: false,
      stringKeys: true,
      // Duplicate keys are found below instead: the parser compares every key with every other, which takes minutes for a
      // hundred thousand keys.
      uniqueKeys: false,
      // In this schema, no directive and no tag can introduce dates, sets or bytes.
      schema: 'core',
      resolveKnownTags: false,
    });
  } catch (cause) {
    // The parser reports most mistakes in its list of errors, but deep nesting may exhaust the stack.
    throw wrongConfig({ file: given.file, line: 1, what: reasonOf(cause) });
  }
}

function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.startsWith('Maximum call stack') ? 'it is nested too deeply' : message;
}

interface Refusal {
  readonly at: number;
  readonly what: string;
}

function refusedPart(document: Document): Refusal | null {
  let found: Refusal | null = null;
  visit(document, (_key, node, path) => {
    found = refusalOf({ node, path });
    return found === null ? undefined : visit.BREAK;
  });
  return found;
}

function refusalOf(given: { node: unknown; path: readonly unknown[] }): Refusal | null {
  const { node, path } = given;
  if (path.length > deepest) return { at: startOf(path[0]), what: 'the value that begins here is nested too deeply' };
  if (isAlias(node) && path.some((outer) => isNode(outer) && 'anchor' in outer && outer.anchor === node.source)) {
    return { at: startOf(node), what: `*${node.source} holds itself` };
  }
  if (isScalar(node) && typeof node.value === 'number' && !Number.isFinite(node.value)) {
    return { at: startOf(node), what: `${node.source ?? String(node.value)} cannot be used as a number` };
  }
  if (!isMap(node)) return null;
  const seen = new Set<string>();
  for (const { key } of node.items) {
    const name = String(key);
    if (name === '__proto__') return { at: startOf(key), what: 'the key __proto__ is not allowed' };
    if (seen.has(name)) return { at: startOf(key), what: `the key ${name} is here a second time` };
    seen.add(name);
  }
  return null;
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

/** Indexes each map's entries once, because a search for each key would take quadratic time in a long map. */
function entryIndex(): (map: YAMLMap, key: string) => Pair | undefined {
  const known = new WeakMap<YAMLMap, Map<string, Pair>>();
  return (map, key) => {
    let entries = known.get(map);
    if (entries === undefined) {
      entries = new Map(map.items.map((pair) => [String(pair.key), pair]));
      known.set(map, entries);
    }
    return entries.get(key);
  };
}
