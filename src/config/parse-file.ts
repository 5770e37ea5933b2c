// The text of a configuration file as a layer. Faults: `config`, with file, line and what was expected.
import { LineCounter, isMap, isNode, isSeq, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import type { Fault } from '../core/fault.ts';
import { wrongFile, type Layer } from './layer.ts';
import { fileSchema } from './schema.ts';

export function parseFile(given: { readonly file: string; readonly text: string }): Layer {
  const { file, text } = given;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = document.errors[0];
  if (broken !== undefined) throw wrongFile({ file, line: lines.linePos(broken.pos[0]).line, what: broken.message });
  const values = valuesOf({ document, file });
  const parsed = fileSchema.safeParse(values);
  const where = (path: readonly PropertyKey[]): number => lineOf({ document, lines, path });
  if (!parsed.success) throw refused({ file, issues: parsed.error.issues, where });
  return { values: parsed.data, origin: (path) => `${file}:${where(path)}` };
}

function valuesOf(given: { document: Document; file: string }): unknown {
  try {
    return given.document.toJS() ?? {};
  } catch (cause) {
    // Aliases that unfold without bound are refused by the parser at this point.
    throw wrongFile({ file: given.file, line: 1, what: cause instanceof Error ? cause.message : String(cause) });
  }
}

function refused(given: { file: string; issues: readonly z.core.$ZodIssue[]; where: (path: readonly PropertyKey[]) => number }): Fault {
  const issue = given.issues[0];
  if (issue === undefined) return wrongFile({ file: given.file, line: 1, what: 'not a configuration' });
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
  const key = path.join('.');
  const what = issue.code === 'unrecognized_keys' ? `there is no key ${key}` : `${key === '' ? 'the file' : key}: ${issue.message}`;
  return wrongFile({ file: given.file, line: given.where(path), what });
}

/** The line of the deepest part of the path that stands in the file; of a map's entry, the line of its key. */
function lineOf(given: { document: Document; lines: LineCounter; path: readonly PropertyKey[] }): number {
  let node: unknown = given.document.contents;
  let at = 0;
  for (const key of given.path) {
    const pair = isMap(node) ? node.items.find((item) => String(item.key) === String(key)) : undefined;
    const below: unknown = pair === undefined ? (isSeq(node) ? node.items[Number(key)] : undefined) : pair.value;
    const mark: unknown = pair === undefined ? below : pair.key;
    if (!isNode(mark) || mark.range == null) break;
    at = mark.range[0];
    node = below;
  }
  return given.lines.linePos(at).line;
}
